// Draws a pathway and marks where a case stands in it, by shape and words as well as by colour.
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";

const SIGNS = { done: "✓", open: "●", waiting: "…", late: "▲", stuck: "!" };

const READABLE = 0.75;
const PRESSING = ["stuck", "late", "open", "waiting"];

const WORDS = {
  done: "done",
  open: "open now",
  waiting: "waiting",
  late: "overdue",
  stuck: "needs repair",
  in: "Zoom in",
  out: "Zoom out",
  fit: "Whole diagram",
  failed: "The diagram could not be drawn. Everything it shows is also in the list on this page.",
};

/**
 * `data-diagram`: where the BPMN XML is. `data-states`: {element id: state or {state, badge, href, text}};
 * a state is done, open, waiting, late, stuck or, for an arrow, taken. `data-words`: WORDS in the reader's language.
 */
async function draw(container) {
  const words = { ...WORDS, ...JSON.parse(container.dataset.words || "{}") };
  const viewer = new NavigatedViewer({ container });
  try {
    const response = await fetch(container.dataset.diagram, { credentials: "same-origin" });
    if (!response.ok) throw new Error(`The server answered ${response.status}.`);
    await viewer.importXML(await response.text());
  } catch (error) {
    console.warn(error);
    viewer.destroy();
    container.append(paragraph(words.failed));
    return;
  }
  const canvas = viewer.get("canvas");
  canvas.zoom("fit-viewport", "auto");
  const states = JSON.parse(container.dataset.states || "{}");
  mark(viewer, states, words);
  begin(viewer, states);
  container.before(controls(canvas, words));
}

// A diagram too large to be read as a whole begins where the case stands, or where the first of many cases wait.
function begin(viewer, states) {
  const canvas = viewer.get("canvas");
  if (canvas.zoom() > READABLE) return;
  const element = canvas.getContainer().closest("[data-begin]") ? first(viewer, states) : pressing(viewer, states);
  if (!element) return;
  const { inner, outer } = canvas.viewbox();
  const scale = Math.max(READABLE, outer.width / inner.width);
  const [width, height] = [outer.width / scale, outer.height / scale];
  const inside = (at, from, length, seen) => Math.max(from, Math.min(at, from + length - seen));
  canvas.viewbox({
    x: inside(element.x - width / 4, inner.x, inner.width, width),
    y: inside(element.y + element.height / 2 - height / 2, inner.y, inner.height, height),
    width,
    height,
  });
}

function pressing(viewer, states) {
  const ids = Object.keys(states);
  const where = PRESSING.flatMap((state) => ids.filter((id) => (states[id].state || states[id]) === state));
  return where.map((id) => viewer.get("elementRegistry").get(id)).find((found) => found && !found.waypoints);
}

function first(viewer, states) {
  const elements = viewer.get("elementRegistry");
  const busy = Object.keys(states).map((id) => elements.get(id)).filter(Boolean);
  const starts = elements.filter((one) => one.type === "bpmn:StartEvent");
  return (busy.length ? busy : starts).toSorted((one, other) => one.x - other.x || one.y - other.y)[0];
}

function mark(viewer, states, words) {
  const canvas = viewer.get("canvas");
  const overlays = viewer.get("overlays");
  const elements = viewer.get("elementRegistry");
  for (const [id, told] of Object.entries(states)) {
    const element = elements.get(id);
    if (!element) continue;
    const about = typeof told === "string" ? { state: told } : told;
    if (about.state) canvas.addMarker(element, `is-${about.state}`);
    if (element.waypoints) continue;
    const sign = badge(about, words);
    if (sign) overlays.add(element, { position: { top: -12, left: -10 }, html: sign });
  }
}

function badge(about, words) {
  const text = about.badge || SIGNS[about.state];
  if (!text) return null;
  const sign = document.createElement(about.href ? "a" : "span");
  sign.className = `tc-sign tc-sign--${about.state || "count"}`;
  if (about.href) sign.href = about.href;
  sign.append(text);
  const spoken = about.text || words[about.state];
  if (spoken) {
    const hidden = document.createElement("span");
    hidden.className = "govuk-visually-hidden";
    hidden.append(` ${spoken}`);
    sign.append(hidden);
    sign.title = spoken;
  }
  return sign;
}

function controls(canvas, words) {
  const bar = document.createElement("div");
  bar.className = "tc-diagram-controls";
  const zoom = (by) => canvas.zoom(Math.min(4, Math.max(0.2, canvas.zoom() * by)), "auto");
  const actions = {
    in: ["+", () => zoom(1.25)],
    out: ["−", () => zoom(0.8)],
    fit: ["⤢", () => canvas.zoom("fit-viewport", "auto")],
  };
  for (const [name, [face, act]] of Object.entries(actions)) {
    const button = document.createElement("button");
    button.type = "button";
    button.title = words[name];
    button.setAttribute("aria-label", words[name]);
    button.append(face);
    button.addEventListener("click", act);
    bar.append(button);
  }
  return bar;
}

function paragraph(text) {
  const words = document.createElement("p");
  words.className = "govuk-body";
  words.append(text);
  return words;
}

await Promise.all([...document.querySelectorAll("[data-diagram]")].map(draw));
document.body.dataset.ready = "";
