// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IMarketErrors} from "../../interfaces/IMarketErrors.sol";
import {IMarketEvents} from "../../interfaces/IMarketEvents.sol";
import {JobState} from "../../types/JobSlot.sol";
import {Result, Status} from "../../types/Result.sol";
import {Order} from "../../types/Terms.sol";
import {JobView} from "../../types/Views.sol";
import {ReplicaTest} from "../base/ReplicaTest.sol";
import {TermsPacker} from "../base/TermsPacker.sol";

contract CommitTest is ReplicaTest {
    using TermsPacker for Order;

    function test_RevertGiven_TheOrderHasNoReplicas() external {
        Order memory single = someOrder();
        single.salt = 2;
        bytes32 other = post(single);
        skip(60);
        claim(single, 0, node);
        refuse(abi.encodeWithSelector(IMarketErrors.NotReplicated.selector, other));
        vm.prank(node);
        market.commit(single.pack(), 0, "commitment");
    }

    function test_RevertWhen_TheCallerIsNotTheJobsNode() external {
        claimAll();
        refuse(abi.encodeWithSelector(IMarketErrors.JobNotYours.selector, id, 0, nodes[0], nodes[1]));
        vm.prank(nodes[1]);
        market.commit(order.pack(), 0, "commitment");
    }

    function test_RevertWhen_TheDeadlineHasPassed() external {
        claimAll();
        skip(order.maxRun + 1);
        refuse(abi.encodeWithSelector(IMarketErrors.DeadlinePassed.selector, id, 0, time - 1));
        vm.prank(nodes[0]);
        market.commit(order.pack(), 0, "commitment");
    }

    function test_RevertWhen_AResultIsSubmittedInstead() external {
        claimAll();
        Result memory result = resultFor(0, "root", Status.OK);
        refuse(abi.encodeWithSelector(IMarketErrors.CommitNeeded.selector, id, 0));
        submit(order, 0, nodes[0], result);
        submit(order, 0, nodes[0], resultFor(0, "root", Status.BAD_SPEC));
        assertState(order, 0, JobState.OPEN);
    }

    function test_GivenAnotherReplicaRunsAtANodeOfTheSameOwner() external {
        register(owners[0], 0x9999);
        Order memory later = order;
        later.salt = 2;
        skip(ACTIVATION + 1);
        bytes32 other = post(later);
        skip(60);
        claim(later, 1, nodes[0]);
        refuse(abi.encodeWithSelector(IMarketErrors.SiblingRunning.selector, other, 2, 1));
        claim(later, 2, vm.addr(0x9999));
        claim(later, 2, nodes[1]);
        // Another lot is another matter.
        later.salt = 3;
        later.lots = 2;
        post(later);
        skip(60);
        claim(later, 2, nodes[0]);
        claim(later, 3, vm.addr(0x9999));
    }

    function test_GivenTheConsumerClosesTheOrder() external {
        claim(order, 0, nodes[0]);
        uint256 until = uint256(market.orderOf(order.pack()).postedAt) + order.openFor;
        refuse(abi.encodeWithSelector(IMarketErrors.OrderStillOpen.selector, id, until));
        vm.prank(consumer);
        market.close(order.pack());
        skip(until + 1 - time);
        market.close(order.pack());
        order.salt = 2;
        order.postBy = uint32(time);
        post(order);
        vm.prank(consumer);
        market.close(order.pack()); // nobody works on it
    }

    function test_WhenEverythingFits() external {
        claimAll();
        skip(100);
        vm.expectEmit(address(market));
        emit IMarketEvents.Committed(
            id,
            0,
            nodes[0],
            uint32(time - 100),
            uint32(time),
            false,
            keccak256(
                abi.encode(
                    market.digestOf(order.pack(), 0, nodes[0], resultFor(0, "root", Status.OK)),
                    bytes32(uint256(77))
                )
            )
        );
        bytes26 hash = bytes26(keccak256(abi.encode(seal(0, "root", Status.OK).seal)));
        JobView memory job = market.jobOf(order.pack(), 0);
        vm.assertEq(uint256(job.state), uint256(JobState.COMMITTED));
        vm.assertEq(bytes32(job.receiptHash), bytes32(hash));
        vm.assertEq(job.deadline, commitEnd() + CHALLENGE_FLOOR);
        vm.assertEq(market.nodeOf(nodes[0]).locked, order.bond);
        vm.assertEq(market.nodeOf(nodes[0]).open, 1);
    }
}
