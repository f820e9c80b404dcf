// The page of a PDF source as it was printed, in place of its text; drawn by the server when it is asked for.
(() => {
  "use strict";
  const { $ } = window.troly;
  const TEXT = "Xem phần chữ";

  const button = (words, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "step";
    made.textContent = words;
    made.addEventListener("click", act);
    return made;
  };

  const open = (opener) => {
    const source = opener.closest(".source");
    const figure = document.createElement("figure");
    const line = document.createElement("figcaption");
    const told = document.createElement("span");
    const large = document.createElement("a");
    const frame = document.createElement("div");
    let page = Number(opener.dataset.page);
    figure.className = "printed";
    figure.setAttribute("aria-label", `Trang in của ${opener.dataset.name}`);
    told.setAttribute("role", "status");
    large.className = "step";
    large.target = "_blank";
    large.textContent = "Mở ảnh lớn";
    frame.className = "printed-frame";
    frame.tabIndex = 0;
    frame.setAttribute("role", "region");
    frame.setAttribute("aria-label", "Ảnh trang in");
    const before = button("‹ Trang trước", () => show(page - 1));
    const after = button("Trang sau ›", () => show(page + 1));
    const show = (number) => {
      page = number;
      before.disabled = page <= 1;
      after.disabled = false;
      const address = `.${opener.dataset.printed}/${page}.png?doan=${opener.dataset.marked}`;
      told.textContent = `Trang ${page}: đang dựng ảnh…`;
      large.href = address;
      const image = new Image(1240, 1754);
      image.alt = `Trang ${page} của ${opener.dataset.name}; đoạn được trích tô vàng. Nội dung đọc được ở «${TEXT}».`;
      image.onload = () => { told.textContent = `Trang ${page}`; };
      image.onerror = () => {
        told.textContent = page === Number(opener.dataset.page) ? "Không dựng được ảnh của trang này." : "Không có trang này.";
        after.disabled = true;
        image.remove();
      };
      image.src = address;
      frame.replaceChildren(image);
      frame.scrollTop = 0;
    };
    line.append(before, told, after, large);
    figure.append(line, frame);
    $(".doc-text", source).hidden = true;
    source.append(figure);
    opener.textContent = TEXT;
    opener.setAttribute("aria-expanded", "true");
    show(page);
  };

  const close = (opener) => {
    const source = opener.closest(".source");
    $(".printed", source)?.remove();
    $(".doc-text", source).hidden = false;
    opener.textContent = "Xem trang in";
    opener.setAttribute("aria-expanded", "false");
  };

  document.addEventListener("click", (event) => {
    const opener = event.target instanceof Element ? event.target.closest("[data-printed]") : null;
    if (!opener) return;
    if (opener.getAttribute("aria-expanded") === "true") close(opener); else open(opener);
  });
})();
