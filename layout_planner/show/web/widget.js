// The briefing inside Jupyter: what the reader changes goes to Python, what Python sets comes to the page.
function render({ model, el }) {
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts allow-modals allow-downloads");
  frame.style.cssText = "width:100%;height:680px;border:1px solid #d9dde2";
  frame.srcdoc = model.get("page");
  el.append(frame);
  let own = false; // a change that came from the page is not sent back to it
  const take = (event) => {
    if (event.source !== frame.contentWindow || !event.data || event.data.layoutPlanner !== "scenario") return;
    own = true;
    model.set("edits", event.data.scenario);
    model.save_changes();
    own = false;
  };
  const give = () =>
    own || frame.contentWindow.postMessage({ layoutPlanner: "load", scenario: model.get("edits") }, "*");
  window.addEventListener("message", take);
  model.on("change:edits", give);
  frame.addEventListener("load", () => model.get("edits").edits && give());
  return () => {
    window.removeEventListener("message", take);
    model.off("change:edits", give);
  };
}

export default { render };
