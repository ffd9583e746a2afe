// The page in a real browser over a whole devnet. The stories are told in this order: later ones look at what earlier ones left.
import "./stories/consumer.ts";
import "./stories/ordering.ts";
import "./stories/examples.ts";
import "./stories/outages.ts";
import "./stories/look.ts";
import "./stories/policy.ts";
