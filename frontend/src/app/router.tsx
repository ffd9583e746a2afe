import {
	createHashHistory,
	createRootRoute,
	createRoute,
	createRouter,
	lazyRouteComponent,
} from "@tanstack/react-router";
import { MarketPage } from "../market/MarketPage.tsx";
import { NotFound, PageFailed } from "./failures.tsx";
import { Shell } from "./Shell.tsx";

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: PageFailed });
const marketRoute = createRoute({ getParentRoute: () => root, path: "/", component: MarketPage });
export const orderRoute = createRoute({
	getParentRoute: () => root,
	path: "/orders/$orderId",
	validateSearch: (search): { job?: number } => (Number.isInteger(search["job"]) ? { job: Number(search["job"]) } : {}),
	component: lazyRouteComponent(() => import("../order/OrderPage.tsx"), "OrderPage"),
});
const newRoute = createRoute({
	getParentRoute: () => root,
	path: "/new",
	validateSearch: (search): { from?: string } => (typeof search["from"] === "string" ? { from: search["from"] } : {}),
	component: lazyRouteComponent(() => import("../new/NewOrderPage.tsx"), "NewOrderPage"),
});
const accountRoute = createRoute({
	getParentRoute: () => root,
	path: "/account",
	component: lazyRouteComponent(() => import("../account/AccountPage.tsx"), "AccountPage"),
});
const nodeRoute = createRoute({
	getParentRoute: () => root,
	path: "/nodes/$address",
	component: lazyRouteComponent(() => import("../node/NodePage.tsx"), "NodePage"),
});

// The place is kept behind the #, so that the page works from any folder of any static host.
export const router = createRouter({
	routeTree: root.addChildren([marketRoute, orderRoute, newRoute, accountRoute, nodeRoute]),
	history: createHashHistory(),
	defaultPreload: "intent",
	scrollRestoration: true,
});

declare module "@tanstack/react-router" {
	interface Register {
		router: typeof router;
	}
}
