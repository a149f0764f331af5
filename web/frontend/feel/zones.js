// Just enough Intl.DateTimeFormat for feelin's dates to work where there is no Intl (QuickJS has none).
//
// The engine tells us the offsets of a zone before an expression that names it (feel.learnZone). What is missing:
// every calendar but the ISO one, every language, and every zone that no expression has named.

// upper-case name (temporal-polyfill asks so) -> {name, changes}
const zones = new Map([["UTC", { name: "UTC", changes: [[null, 0]] }]]);

function offsetAt(changes, second) {
  let low = 0;
  let high = changes.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (changes[middle][0] <= second) low = middle;
    else high = middle - 1;
  }
  return changes[low][1];
}

class DateTimeFormat {
  constructor(_locale, { timeZone = "UTC" } = {}) {
    this.zone = zones.get(timeZone.toUpperCase());
    if (!this.zone) throw new RangeError(`unknown time zone ${timeZone}`);
  }

  resolvedOptions() {
    return { timeZone: this.zone.name, calendar: "iso8601", locale: "en" };
  }

  formatToParts(epochMilliseconds) {
    const offset = offsetAt(this.zone.changes, Math.floor(epochMilliseconds / 1000));
    const local = new Date(epochMilliseconds + offset * 1000);
    const year = local.getUTCFullYear();
    const parts = {
      era: year > 0 ? "AD" : "BC",
      year: year > 0 ? year : 1 - year,
      relatedYear: year,
      month: local.getUTCMonth() + 1,
      day: local.getUTCDate(),
      hour: local.getUTCHours(),
      minute: local.getUTCMinutes(),
      second: local.getUTCSeconds(),
    };
    return Object.entries(parts).map(([type, value]) => ({ type, value: String(value) }));
  }
}

if (typeof Intl === "undefined") globalThis.Intl = { DateTimeFormat };

// changes: [[null, 5040], [epoch second from which on, offset in seconds], ...]; empty for a zone that is none
export function learnZone(name, changes) {
  const known = JSON.parse(changes);
  if (known.length) zones.set(name.toUpperCase(), { name, changes: known });
}
