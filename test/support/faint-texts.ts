/** Of an element of a page, what is looked at here; the types of browsers would hide those of Node.js. */
interface PageElement {
  readonly parentElement: PageElement | null;
  readonly childNodes: Iterable<{ readonly nodeType: number; readonly textContent: string }>;
  readonly textContent: string;
  querySelectorAll(selector: string): Iterable<PageElement>;
  checkVisibility(): boolean;
}
declare function getComputedStyle(element: PageElement): { color: string; backgroundColor: string };

/**
 * The texts within an element that hardly differ from what is behind them, with their contrast: below 3 to 1
 * (WCAG 2.2, 1.4.11). Runs in the page, so it uses nothing outside of itself.
 */
export function faintTexts(root: PageElement): string[] {
  const channels = (colour: string): number[] => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const over = ([r = 0, g = 0, b = 0, alpha = 1]: number[], below: number[]): number[] =>
    [r, g, b].map((value, n) => value * alpha + (below[n] ?? 0) * (1 - alpha));
  const behind = (element: PageElement | null): number[] =>
    element === null
      ? [255, 255, 255]
      : over(channels(getComputedStyle(element).backgroundColor), behind(element.parentElement));
  const luminance = (colour: number[]): number => {
    const [r = 0, g = 0, b = 0] = colour
      .map((value) => value / 255)
      .map((value) => (value <= 0.040_45 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (element: PageElement): number => {
    const ground = behind(element);
    const text = over(channels(getComputedStyle(element).color), ground);
    const [a, b] = [luminance(ground), luminance(text)];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  };
  const isRead = (element: PageElement): boolean =>
    element.checkVisibility() &&
    [...element.childNodes].some(({ nodeType, textContent }) => nodeType === 3 && textContent.trim() !== '');
  return [...root.querySelectorAll('*')]
    .filter((element) => isRead(element) && contrast(element) < 3)
    .map((element) => `${element.textContent.trim()} (${contrast(element).toFixed(1)})`);
}
