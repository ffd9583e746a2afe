// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Checks} from "./Checks.sol";

/// @notice Stateful fuzz: after any sequence of acts each invariant of SPEC.md holds. DEPIN_DEEP=1 walks farther. The handler
/// comes from its artifact, which a run of this file alone does not build: choose with --grep instead.
contract MarketInvariantsTest is Checks {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function targetContracts() external view returns (address[] memory list) {
        list = new address[](1);
        list[0] = address(handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory list) {
        list = new FuzzSelector[](1);
        list[0] = FuzzSelector(address(handler), handler.acts());
    }

    function invariant_1_marketHoldsWhatItOwes() external view {
        check1();
    }

    function invariant_2_orderEscrowCoversItsJobs() external view {
        check2();
    }

    function invariant_3_lockedIsTheBondsOfLiveJobs() external view {
        check3();
    }

    function invariant_4_openCountsUnsettledJobs() external view {
        check4();
    }

    function invariant_5_endedJobsStayEnded() external view {
        check5();
    }

    function invariant_6_jobEscrowIsSplitInFull() external view {
        check6();
    }

    function invariant_7_oneNodePerJob() external view {
        check7();
    }

    function invariant_8_billedWithinChainTime() external view {
        check8();
    }

    function invariant_9_consumerGainsNothingFromSilence() external view {
        check9();
    }

    function invariant_10_parametersAlterNoPostedOrder() external view {
        check10();
    }

    function invariant_12_slashAddsUp() external view {
        check12();
    }

    function invariant_13_challengesCountOpenDisputes() external view {
        check13();
    }

    function invariant_14_everyJobEndsInTime() external view {
        check14();
    }

    function invariant_15_classCountsItsActiveNodes() external view {
        check15();
    }

    function invariant_17_onlyOwnCallsTakeFromAnAccount() external view {
        check17();
    }
}
