// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Seat} from "../interfaces/IPanelArbiter.sol";
import {Verdict} from "../types/Dispute.sol";

/// @notice What the votes of a round come to, and how each juror stands to the final verdict.
library Votes {
    /// @param seats wanted, drawn or not: the silent count against every verdict
    function verdict(Seat[] memory jurors, uint256 seats) internal pure returns (Verdict) {
        uint256 twoThirds = (2 * seats + 2) / 3;
        uint256 valid;
        uint256 unavailable;
        for (uint256 i = 0; i < jurors.length; ++i) {
            Verdict vote = _voteOf(jurors[i]);
            if (vote == Verdict.VALID) ++valid;
            if (vote == Verdict.UNAVAILABLE) ++unavailable;
            if (vote == Verdict.INVALID && _sharing(jurors, jurors[i].digest) >= twoThirds) return Verdict.INVALID;
        }
        if (unavailable >= twoThirds) return Verdict.UNAVAILABLE;
        return 2 * valid > seats ? Verdict.VALID : Verdict.INCONCLUSIVE;
    }

    /// @dev Who voted with the verdict is paid; who voted against it, or never, is at fault. Abstaining is neither. With
    /// no verdict to be against, every vote is paid.
    function judged(
        Seat[] memory jurors,
        Verdict final_
    ) internal pure returns (address[] memory paid, address[] memory faulted) {
        paid = new address[](jurors.length);
        faulted = new address[](jurors.length);
        uint256 right;
        uint256 wrong;
        for (uint256 i = 0; i < jurors.length; ++i) {
            Verdict vote = _voteOf(jurors[i]);
            bool abstained = jurors[i].revealed && vote == Verdict.INCONCLUSIVE;
            if (abstained) continue;
            bool fits = jurors[i].revealed && (final_ == Verdict.INCONCLUSIVE || vote == final_);
            if (fits) paid[right++] = jurors[i].node;
            else faulted[wrong++] = jurors[i].node;
        }
        // Both lists were made as long as they can get.
        assembly ("memory-safe") {
            mstore(paid, right)
            mstore(faulted, wrong)
        }
    }

    function join(Seat[] memory first, Seat[] memory second) internal pure returns (Seat[] memory all) {
        all = new Seat[](first.length + second.length);
        for (uint256 i = 0; i < first.length; ++i) all[i] = first[i];
        for (uint256 i = 0; i < second.length; ++i) all[first.length + i] = second[i];
    }

    /// @dev How many found the result wrong and got this digest: jurors who differ have run what no one can repeat.
    function _sharing(Seat[] memory jurors, bytes32 digest) private pure returns (uint256 count) {
        for (uint256 i = 0; i < jurors.length; ++i) {
            if (_voteOf(jurors[i]) == Verdict.INVALID && jurors[i].digest == digest) ++count;
        }
    }

    function _voteOf(Seat memory seat) private pure returns (Verdict) {
        return seat.revealed ? seat.vote : Verdict.INCONCLUSIVE;
    }
}
