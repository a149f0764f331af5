// What engine/expressions/sandbox.py loads into its sandbox: text in, JSON out, nothing else.

import { learnZones } from './zones.js';
import { evaluate, parseDate, parseDateTime, parseExpression } from 'feelin';
import { checks, kindOf, Trouble } from './checks.js';

const DEEPEST = 60;

// Python counts characters, JavaScript counts UTF-16 units: they differ behind an emoji.
function characterAt(source) {
  // eslint-disable-next-line no-control-regex
  if (!/[\ud800-\udfff]/.test(source)) return (unit) => unit;
  return (unit) => Array.from(source.slice(0, unit)).length;
}

// -> {"tree": [name, from, to, [children]], "broken": [[from, to], ...]} or {"deep": true}
function parse(source) {
  const at = characterAt(source);
  const top = ['', 0, 0, []];
  const path = [top];
  const broken = [];
  let deep = false;
  parseExpression(source, {}).iterate({
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
  if (value === null || typeof value !== 'object') return value;
  if (typeof value['@date'] === 'string') return parseDate(value['@date']);
  if (typeof value['@datetime'] === 'string') return parseDateTime(value['@datetime']);
  return value;
}

function plain(value, depth = 0) {
  if (depth > DEEPEST) throw new Trouble({ code: 'limit' });
  const kind = kindOf(value);
  if (kind === 'nothing') return null;
  if (kind === 'yes_no' || kind === 'text') return value;
  if (kind === 'number') {
    if (!Number.isFinite(value)) throw new Trouble({ code: 'limit' });
    return value;
  }
  if (kind === 'list') return value.map((item) => plain(item, depth + 1));
  if (kind === 'record') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item, depth + 1)]));
  }
  if (kind === 'function' || kind === 'range') throw new Trouble({ code: 'type', result: kind });
  return String(value);
}

// -> {"value": ...} or {"trouble": {code, at?, left?, right?, result?, message?}}
function run(source, values) {
  try {
    const { value, warnings } = evaluate(source, { ...JSON.parse(values, revive), ...checks });
    if (warnings.length) {
      const { type, message } = warnings[0];
      throw new Trouble({ code: type === 'NO_VARIABLE_FOUND' ? 'unknown_name' : 'type', message });
    }
    return JSON.stringify({ value: plain(value) });
  } catch (error) {
    if (error instanceof Trouble) return JSON.stringify({ trouble: error.details });
    if (error instanceof TypeError || error.constructor === Error) {
      return JSON.stringify({ trouble: { code: 'type', message: error.message } });
    }
    throw error;
  }
}

globalThis.feel = { parse, run, learnZones };
// The sandbox lives on after this expression: no expression may change what every object inherits.
Object.freeze(Object.prototype);
Object.freeze(Array.prototype);
