import type { Attack } from "../attack.ts";
import { files } from "./files.ts";
import { images } from "./images.ts";
import { kernel } from "./kernel.ts";
import { network } from "./network.ts";
import { outputs } from "./outputs.ts";
import { privileges } from "./privileges.ts";
import { resources } from "./resources.ts";

export const attacks: Attack[] = [...resources, ...privileges, ...kernel, ...files, ...network, ...images, ...outputs];
