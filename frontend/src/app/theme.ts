export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const KEY = "depin.theme";

export function readTheme(): Theme {
	const saved = localStorage.getItem(KEY);
	return themes.find((theme) => theme === saved) ?? "system";
}

export function applyTheme(theme: Theme): void {
	if (theme === "system") {
		localStorage.removeItem(KEY);
		delete document.documentElement.dataset["theme"];
	} else {
		localStorage.setItem(KEY, theme);
		document.documentElement.dataset["theme"] = theme;
	}
}
