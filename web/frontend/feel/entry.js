// What engine/expressions/sandbox.py loads into its sandbox: text in, JSON out, nothing else.

import { learnZone } from "./zones.js";
import { evaluate, parseDate, parseDateTime, parseExpression, parseUnaryTests } from "feelin";
import { checks, kindOf, Trouble } from "./checks.js";

const DEEPEST = 60;
// As many as the largest decision table has cells.
const MOST_COMPILED = 2000;

// Python counts characters, JavaScript counts UTF-16 units: they differ behind an emoji.
function characterAt(source) {
  // eslint-disable-next-line no-control-regex
  if (!/[\ud800-\udfff]/.test(source)) return (unit) => unit;
  return (unit) => Array.from(source.slice(0, unit)).length;
}

// as: "tests" for a cell of a decision table
// -> {"tree": [name, from, to, [children]], "broken": [[from, to], ...]} or {"deep": true}
function parse(source, as) {
  const at = characterAt(source);
  const top = ["", 0, 0, []];
  const path = [top];
  const broken = [];
  let deep = false;
  (as === "tests" ? parseUnaryTests : parseExpression)(source, {}).iterate({
    enter(node) {
      if (deep) return false;
      if (node.type.isError) {
        broken.push([at(node.from), at(node.to)]);
        return false;
      }
      if (node.type.isSkipped) return false;
      const entry = [node.name, at(node.from), at(node.to), []];
      path[path.length - 1][3].push(entry);
      path.push(entry);
      deep = path.length > DEEPEST;
      return true;
    },
    leave(node) {
      if (!node.type.isSkipped && !node.type.isError && !deep) path.pop();
    },
  });
  return JSON.stringify(deep ? { deep } : { tree: top[3][0], broken });
}

// Dates cannot be written in JSON: they travel as {"@date": "2027-03-01"} or {"@datetime": "..."}.
function revive(_key, value) {
  if (value === null || typeof value !== "object") return value;
  if (typeof value["@date"] === "string") return parseDate(value["@date"]);
  if (typeof value["@datetime"] === "string") return parseDateTime(value["@datetime"]);
  return value;
}

function plain(value, depth = 0) {
  if (depth > DEEPEST) throw new Trouble({ code: "limit" });
  const kind = kindOf(value);
  if (kind === "nothing") return null;
  if (kind === "yes_no" || kind === "text") return value;
  if (kind === "number") {
    if (!Number.isFinite(value)) throw new Trouble({ code: "limit", kind });
    return value;
  }
  if (kind === "list") return value.map((item) => plain(item, depth + 1));
  if (kind === "record") {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item, depth + 1)]));
  }
  if (kind === "function" || kind === "range") throw new Trouble({ code: "type", result: kind });
  return String(value);
}

// Reading an expression costs fifty times what running it does, so what was read is kept: as a function of its facts.
const compiled = new Map();

function compile(source, names) {
  const key = `function(${names.join(", ")}) ${source}`;
  if (!compiled.has(key)) {
    if (compiled.size === MOST_COMPILED) compiled.clear();
    const { value, warnings } = evaluate(key, checks);
    compiled.set(key, { call: value, warnings });
  }
  return compiled.get(key);
}

// source: an expression in its strict form; values: JSON of fact -> value
// -> {"value": ...} or {"trouble": {code, at?, left?, right?, kind?, result?, name?, message?}}
function run(source, values) {
  let warnings = [];
  try {
    const facts = JSON.parse(values, revive);
    const names = Object.keys(facts).sort();
    const expression = compile(source, names);
    warnings = expression.warnings;
    warnings.length = 0;
    const value = expression.call.invoke(names.map((name) => facts[name]));
    return JSON.stringify(warnings.length ? { trouble: warned(warnings) } : { value: plain(value) });
  } catch (error) {
    if (!error || error.name === "InternalError" || /call stack/.test(error.message)) throw error;
    if (warnings.length) return JSON.stringify({ trouble: warned(warnings) });
    const { details = { code: "type", message: error.message } } = error;
    return JSON.stringify({ trouble: details });
  }
}

// The first warning is the cause of the others, and of what came after it.
function warned([{ type, message }]) {
  if (type === 'NO_VARIABLE_FOUND') return { code: 'unknown_name', name: message.split("'")[1] };
  return { code: "type", message };
}

globalThis.feel = { parse, run, learnZone };
// The sandbox lives on after this expression: no expression may change what every object inherits.
Object.freeze(Object.prototype);
Object.freeze(Array.prototype);
