// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Terms} from "../types/Terms.sol";

/// @title Decides challenges of results
/// @notice The market asks it for bonds, tells it of challenges and appeals, and acts on its one `resolve` per dispute.
/// It must, for safety: judge by the facts, and name as jurors only nodes it drew. For liveness: resolve before the
/// dispute's deadline, else the node is paid as if the verdict were INCONCLUSIVE. It never holds money.
interface IArbiter {
    /// @notice The caller becomes this arbiter's market, once and for good. The market of a deployment calls it as it is made.
    function bind() external;
    /// @notice What the market calls with each new dispute; may refuse by reverting.
    function onChallenge(bytes32 dispute, Terms calldata terms, address node, address challenger) external;
    /// @notice What the market calls with an appeal; may refuse by reverting.
    function onAppeal(bytes32 dispute, Terms calldata terms, address appellant) external;
    /// @notice Asset units a challenger of one task of this order puts aside.
    function bondFor(Terms calldata terms) external view returns (uint256);
    /// @notice Asset units an appellant puts aside.
    function appealBondFor(Terms calldata terms) external view returns (uint256);
}
