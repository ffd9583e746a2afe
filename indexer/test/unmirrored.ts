/** Events of replicas and disputes: nobody mirrors them yet. Whoever does takes them off this list. */
export const unmirrored = [
	...["Appealed", "ArbiterEnabled", "Challenged", "Committed", "JurorPaid", "NodeJailed", "NodeSlashed"],
	...["Reclaimed", "Resolved", "Revealed", "Tallied"],
];
