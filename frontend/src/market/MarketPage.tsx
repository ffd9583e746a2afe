import { ButtonLink } from "../design/ButtonLink.tsx";
import { Page } from "../design/Page.tsx";
import { Nodes } from "./Nodes.tsx";
import { OpenOrders } from "./OpenOrders.tsx";
import { Prices } from "./Prices.tsx";

export function MarketPage() {
	return (
		<Page
			title="Market"
			lead="Nodes that would take a job now, what they ask, and what is waiting for one."
			actions={
				<ButtonLink to="/new" tone="primary">
					Order a job
				</ButtonLink>
			}
		>
			<Nodes />
			<div className="grid items-start gap-5 lg:grid-cols-2">
				<OpenOrders />
				<Prices />
			</div>
		</Page>
	);
}
