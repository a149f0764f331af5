// Just enough Intl.DateTimeFormat for feelin's dates to work where there is no Intl (QuickJS has none).
//
// The engine tells us the offsets of a zone before an expression that names it (feel.learnZones). What is missing:
// every calendar but the ISO one, every language, and every zone that no expression has named.

const zones = new Map([['UTC', [[null, 0]]]]);

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
  constructor(_locale, { timeZone = 'UTC' } = {}) {
    const zone = timeZone === 'Etc/UTC' ? 'UTC' : timeZone;
    if (!zones.has(zone)) throw new RangeError(`unknown time zone ${timeZone}`);
    this.zone = zone;
  }

  resolvedOptions() {
    return { timeZone: this.zone, calendar: 'iso8601', locale: 'en' };
  }

  formatToParts(epochMilliseconds) {
    const offset = offsetAt(zones.get(this.zone), Math.floor(epochMilliseconds / 1000));
    const local = new Date(epochMilliseconds + offset * 1000);
    const year = local.getUTCFullYear();
    const parts = {
      era: year > 0 ? 'AD' : 'BC',
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

if (typeof Intl === 'undefined') globalThis.Intl = { DateTimeFormat };

// offsets: {"Europe/Warsaw": [[null, 5040], [epoch second from which on, offset in seconds], ...]}
export function learnZones(offsets) {
  for (const [zone, changes] of Object.entries(JSON.parse(offsets))) zones.set(zone, changes);
}
