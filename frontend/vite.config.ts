import { join } from "node:path";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// Static files under whatever path they are put; who serves them adds config.json beside index.html.
export default defineConfig({
	root: import.meta.dirname,
	base: "./",
	plugins: [react(), tailwindcss()],
	build: {
		outDir: join(import.meta.dirname, "../.depin/site"),
		emptyOutDir: true,
		target: "es2023",
		// Data URLs would need a hole in the Content-Security-Policy.
		assetsInlineLimit: 0,
		modulePreload: { polyfill: false },
		chunkSizeWarningLimit: 600,
	},
});
