import { render, svg } from "lit-html";
import { colourOf, versionOf } from "./words.js";

/** @typedef {import("./words.js").Snapshot} Snapshot */

/** How far a bus lies above the row of hosts that it feeds, in pixels. */
const above = 20;
/** How far left of the hosts the spine lies, in pixels. */
const beside = 10;

/**
 * Draws the traffic from the edges to the hosts: a bus above each row of hosts, a spine at the left that feeds the rows
 * below the first, and a drop into each host. A line is as wide as its host's part of the requests, and has the colour of
 * the version that gets most of them.
 * @param {HTMLElement} ground
 * @param {Snapshot} snapshot
 */
export function drawFlow(ground, snapshot) {
  const layer = /** @type {SVGSVGElement} */ (/** @type {unknown} */ (ground.querySelector(".flow")));
  const size = ground.getBoundingClientRect();
  /** @param {Element} element */
  const place = (element) => {
    const box = element.getBoundingClientRect();
    return { x: box.left - size.left, y: box.top - size.top, width: box.width, height: box.height };
  };
  const edges = [...ground.querySelectorAll(".edge")].map(place);
  const boxes = /** @type {HTMLElement[]} */ ([...ground.querySelectorAll(".host")]).map((element) => ({
    name: element.dataset["host"] ?? "",
    reachable: !element.matches(".bad, .lost"),
    ...place(element),
  }));
  const first = Math.min(...boxes.map(({ y }) => y));
  const narrow = boxes.length > 1 && boxes.every(({ x }) => Math.abs(x - (boxes[0]?.x ?? 0)) < 2);
  const most = Math.max(0.001, ...boxes.map(({ name }) => flowTo(snapshot, name).requests));
  const lines = boxes.flatMap((box) => {
    const { requests, colour } = flowTo(snapshot, box.name);
    return edges.map((edge) => {
      const from = edge.x + edge.width / 2;
      const start = `M${from} ${edge.y + edge.height}`;
      const to = box.x + box.width / 2;
      const path = narrow
        ? `${start}V${first - above}H${box.x - beside}V${box.y + 24}H${box.x}`
        : box.y < first + 2
          ? `${start}V${first - above}H${to}V${box.y}`
          : `${start}V${first - above}H${(boxes[0]?.x ?? 0) - beside}V${box.y - above}H${to}V${box.y}`;
      const flows = requests >= 0.05;
      return {
        path,
        flows,
        colour,
        reachable: box.reachable,
        width: flows ? 2 + (3.5 * requests) / most : 1.5,
      };
    });
  });
  // Lines that carry something lie above those that do not.
  lines.sort((a, b) => Number(a.flows) - Number(b.flows));
  layer.setAttribute("viewBox", `0 0 ${size.width} ${size.height}`);
  render(
    svg`${lines.map(
      ({ path, flows, colour, width, reachable }) => svg`
        <path class="pipe ${flows ? colour : ""} ${reachable ? "" : "cut"}" d=${path} stroke-width=${width} />
        ${flows ? svg`<path class="stream ${colour}" d=${path} stroke-width=${width} />` : svg``}
      `,
    )}`,
    /** @type {HTMLElement} */ (/** @type {unknown} */ (layer)),
  );
}

/** @param {Snapshot} snapshot @param {string} host */
function flowTo(snapshot, host) {
  let requests = 0;
  let colour = "";
  let most = 0;
  for (const replica of snapshot.status.replicas) {
    if (replica.host !== host) continue;
    const own = snapshot.rates[replica.container]?.requests ?? 0;
    requests += own;
    if (own <= most) continue;
    most = own;
    colour = colourOf(versionOf(snapshot, replica));
  }
  return { requests, colour };
}
