// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Status} from "../types/Result.sol";
import {Terms} from "../types/Terms.sol";

/// @notice One price formula for fixed, metered and auctioned work. Everything rounds down for the payee; what is left
/// of the escrow goes back to the consumer in the same call.
library Pricing {
    uint256 internal constant BPS = 10_000;

    /// @notice Asset units per job (per billed second when metered) for a claim `delay` seconds after posting.
    function unitPriceDown(Terms calldata terms, uint256 delay) internal pure returns (uint256) {
        uint256 start = terms.startPrice();
        uint256 max = terms.maxPrice();
        uint256 ramp = terms.rampFor();
        if (delay >= ramp) return max;
        return start + ((max - start) * delay) / ramp;
    }

    /// @notice What a result earns before the fee, in asset units; never above the job's escrow.
    /// @dev Below 2^96 * 2^32 * 2^14, so nothing overflows.
    function payDown(
        Terms calldata terms,
        uint256 delay,
        uint8 status,
        uint256 billed
    ) internal pure returns (uint256) {
        if (status > Status.STOPPED) return 0;
        uint256 unit = unitPriceDown(terms, delay);
        uint256 maxRun = terms.maxRun();
        uint256 worked = Math.min(billed, maxRun);
        if (status == Status.OK) return terms.metered() ? unit * worked : unit;
        uint256 share = unit * worked * terms.failBps();
        return share / (terms.metered() ? BPS : BPS * maxRun);
    }

    function shareDown(uint256 amount, uint256 bps) internal pure returns (uint256) {
        return (amount * bps) / BPS;
    }

    function shareUp(uint256 amount, uint256 bps) internal pure returns (uint256) {
        return Math.ceilDiv(amount * bps, BPS);
    }
}
