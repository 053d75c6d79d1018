// The briefing inside Jupyter: what the reader changes goes to Python, what Python sets comes to the page.
function render({ model, el }) {
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts allow-modals allow-downloads");
  frame.style.cssText = "width:100%;height:680px;border:1px solid #d9dde2";
  frame.srcdoc = model.get("page");
  const told = document.createElement("pre"); // why the page does not carry out what Python set
  told.style.cssText = "margin:0;padding:4px 8px;white-space:pre-wrap;color:#a4000f;background:#fff";
  told.hidden = true;
  el.append(told, frame);
  let own = false; // a change that came from the page is not sent back to it
  const set = (changes) => {
    own = true;
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    model.save_changes();
    own = false;
  };
  const take = (event) => {
    if (event.source !== frame.contentWindow || !event.data) return;
    if (event.data.layoutPlanner === "scenario") set({ edits: event.data.scenario, faults: [] });
    if (event.data.layoutPlanner === "faults") set({ faults: event.data.faults });
  };
  const tell = () => {
    told.textContent = model.get("faults").join("\n");
    told.hidden = !told.textContent;
  };
  const give = () =>
    own || frame.contentWindow.postMessage({ layoutPlanner: "load", scenario: model.get("edits") }, "*");
  window.addEventListener("message", take);
  model.on("change:edits", give);
  model.on("change:faults", tell);
  frame.addEventListener("load", () => model.get("edits").edits && give());
  tell();
  return () => {
    window.removeEventListener("message", take);
    model.off("change:edits", give);
    model.off("change:faults", tell);
  };
}

export default { render };
