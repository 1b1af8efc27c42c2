/** Runs in the page: texts whose contrast with what lies behind them is below 4.5, as WCAG 2 reckons it. */
function faintTexts() {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const paint = (...layers) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const layer of layers) {
      canvas.fillStyle = layer;
      canvas.fillRect(0, 0, 1, 1);
    }
    return [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  };
  const luminance = (colour) => {
    const [red = 0, green = 0, blue = 0] = colour.map((part) => {
      const share = part / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  return [...document.querySelectorAll("body *")].flatMap((element) => {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim());
    if (!own || element.closest(".hidden, .skip, details:not([open]) dl, script, noscript")) return [];
    const behind = [];
    for (let each = element; each; each = each.parentElement)
      behind.unshift(getComputedStyle(each).backgroundColor);
    const style = getComputedStyle(element);
    const text = element instanceof SVGElement ? style.fill : style.color;
    const [ground, over] = [luminance(paint(...behind)), luminance(paint(...behind, text))];
    const contrast = (Math.max(ground, over) + 0.05) / (Math.min(ground, over) + 0.05);
    return contrast < 4.5 ? [`${contrast.toFixed(1)}: ${element.textContent?.trim().slice(0, 40)}`] : [];
  });
}

faintTexts();
