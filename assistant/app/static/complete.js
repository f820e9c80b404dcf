// While a question is typed: names of units and documents, and earlier questions. Nothing leaves the page.
(() => {
  "use strict";
  const { $ } = window.troly;
  const SHOWN = 6;
  const LEAST = 2; // letters typed before anything is offered
  const list = document.createElement("ul");
  list.id = "complete";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Gợi ý khi gõ");
  list.hidden = true;
  const count = document.createElement("p");
  count.className = "sr";
  count.setAttribute("role", "status");
  let options = []; // what can be chosen now: { text, from } (from: where in the question it is put)
  let active = -1;

  const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[đĐ]/g, "d").toLowerCase();
  const box = () => $("#question textarea");
  const words = (selector) => [...document.querySelectorAll(selector)].map((one) => one.textContent.trim());
  const names = () => [...new Set([...words("[data-filter=unit] option[value]:not([value=''])"),
    ...words("[data-scope=within] option:not([value='']):not([value^='loai:'])")])];
  const questions = () => [...new Set([...words("#log .ask p:not(.sr)").reverse(), ...words("#earlier .talk-title")])];

  const close = () => {
    list.hidden = true;
    options = [];
    active = -1;
    count.textContent = "";
    box()?.removeAttribute("aria-activedescendant");
  };
  const find = (typed) => {
    const found = [];
    const whole = fold(typed.trim());
    if (whole.length < LEAST) return found;
    for (const question of questions()) {
      const said = fold(question);
      if (said.includes(whole) && said !== whole) found.push({ text: question, from: 0, kind: "Đã hỏi" });
      if (found.length === 2) break;
    }
    // A name that goes on what was typed last: "… phòng ki" -> Phòng Kinh tế.
    const starts = [0, ...[...typed.matchAll(/\s+/g)].map((gap) => gap.index + gap[0].length)];
    for (const from of starts) {
      if (found.some((one) => !one.kind)) break; // the longest tail that a name goes on is the one meant
      const tail = fold(typed.slice(from));
      if (tail.length < LEAST || tail !== tail.trimStart()) continue;
      for (const name of names()) {
        const said = fold(name);
        const fits = said.startsWith(tail) || (tail.length > LEAST && said.includes(` ${tail}`));
        if (fits && said !== tail && !found.some((one) => one.text === name)) found.push({ text: name, from, kind: "" });
      }
    }
    return found.slice(0, SHOWN);
  };
  const mark = (to) => {
    active = to;
    [...list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === active)));
    if (active < 0) box().removeAttribute("aria-activedescendant");
    else box().setAttribute("aria-activedescendant", `complete-${active}`);
  };
  const open = () => {
    const field = box();
    options = field.selectionStart === field.value.length ? find(field.value) : [];
    if (!options.length) { close(); return; }
    list.replaceChildren(...options.map((one, index) => {
      const item = document.createElement("li");
      item.id = `complete-${index}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      item.dataset.pick = String(index);
      item.append(one.text);
      if (one.kind) {
        const kind = document.createElement("span");
        kind.textContent = one.kind;
        item.append(kind);
      }
      return item;
    }));
    const at = field.getBoundingClientRect();
    list.style.left = `${at.left}px`;
    list.style.width = `${at.width}px`;
    list.style.bottom = `${window.innerHeight - at.top + 6}px`;
    list.hidden = false;
    count.textContent = `${options.length} gợi ý, bấm mũi tên xuống để chọn`;
    mark(-1);
  };
  const pick = (index) => {
    const field = box();
    const chosen = options[index];
    const rest = chosen.from ? field.value.slice(0, chosen.from) : "";
    field.value = rest + chosen.text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
    close();
  };

  document.addEventListener("input", (event) => {
    if (event.target === box() && event.isTrusted) open();
  });
  document.addEventListener("keydown", (event) => {
    if (event.target !== box() || list.hidden) return;
    const down = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (down) {
      event.preventDefault();
      mark((active + down + options.length + (active < 0 && down < 0 ? 1 : 0)) % options.length);
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault(); // the name is put in; the question goes on
      event.stopPropagation();
      pick(active);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      close();
    } else if (event.key === "Enter" || event.key === "Tab") close();
  }, true);
  list.addEventListener("pointerdown", (event) => {
    event.preventDefault(); // the box keeps the focus
    const item = event.target.closest("[data-pick]");
    if (item) pick(Number(item.dataset.pick));
  });
  document.addEventListener("focusout", (event) => { if (event.target === box()) close(); });
  window.addEventListener("resize", close);
  window.addEventListener("troly:ready", () => {
    document.body.append(list, count);
    box()?.setAttribute("aria-autocomplete", "list");
    box()?.setAttribute("aria-controls", "complete");
  });
})();
