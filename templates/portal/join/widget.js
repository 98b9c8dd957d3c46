// Puts the sign-up in the place of this script. The form itself comes from its own server and keeps no cookie.
(() => {
  const script = document.currentScript;
  const door = new URL("./embed/", script.src);
  const page = new URL("./", script.src);
  const tariff = script.dataset.tariff;
  if (tariff) for (const address of [door, page]) address.searchParams.set("tariff", tariff);
  const frame = document.createElement("iframe");
  frame.src = door.href;
  frame.title = "{{ title|escapejs }}";
  frame.style.cssText = "width: 100%; height: 40rem; border: 0; display: block";
  const link = document.createElement("a");
  link.href = page.href;
  link.textContent = "{{ words|escapejs }}";
  script.after(frame, link);
  let first = true;
  addEventListener("message", (event) => {
    if (event.origin !== door.origin || event.source !== frame.contentWindow) return;
    const said = event.data;
    if (typeof said !== "object" || said === null || said.kassenwart !== "join" || !Number.isFinite(said.height)) return;
    frame.style.height = `${Math.min(Math.max(Math.ceil(said.height), 200), 20000)}px`;
    if (said.opened && !first && frame.getBoundingClientRect().top < 0) frame.scrollIntoView();
    if (said.opened) first = false;
  });
})();
