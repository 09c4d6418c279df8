// What scripts say. Messages are English; calling `t` marks them for the catalogue.
export function t(message, values = {}) {
  const said = window.gridgovWords?.[message] ?? message;
  return said.replace(/%\((\w+)\)s/g, (_, name) => values[name] ?? "");
}
