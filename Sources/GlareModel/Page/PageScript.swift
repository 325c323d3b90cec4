/// The page's one script: ages, search, sorting, copying. Without it all is there to read.
enum PageScript {
    static let source: StaticString = #"""

        "use strict";
        (() => {
          const element = (id) => document.getElementById(id);
          const [list, search, status] = ["_images", "_search", "_status"].map(element);
          document.documentElement.classList.add("js");

          // Ages, which a file cannot know.
          const age = (seconds) => {
            for (const [unit, length] of [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]]) {
              const count = Math.floor(seconds / length);
              if (count >= 1) return `${count} ${unit}${count === 1 ? "" : "s"} ago`;
            }
            return seconds < 0 ? "in the future" : "now";
          };
          for (const time of document.querySelectorAll("time")) {
            time.title = time.dateTime;
            time.textContent = age(Math.floor((Date.now() - Date.parse(time.dateTime)) / 1000));
          }

          // Where this page is served is what hosts take for SERVER.
          const here = new URL(".", location.href.replace(/[?#].*/s, "")).href;
          const server = /^[\w:\/.%~@+,=-]+$/.test(here) ? here : `'${here.replaceAll("'", "%27")}'`;
          const copyButton = (code, label) => {
            const button = document.createElement("button");
            button.type = "button";
            button.className = "copy";
            button.textContent = "Copy";
            button.setAttribute("aria-label", `Copy ${label}`);
            button.addEventListener("click", () => {
              getSelection().selectAllChildren(code);
              const isDone = document.execCommand("copy");
              button.textContent = isDone ? "Copied" : "Selected";
              setTimeout(() => { button.textContent = "Copy"; }, 2000);
            });
            return button;
          };
          const complete = (part) => {
            for (const place of part.querySelectorAll(".server")) place.textContent = server;
            for (const code of part.querySelectorAll("code[data-copy]")) {
              const place = code.closest("pre") || code;
              place.after(copyButton(code, code.dataset.copy));
              delete code.dataset.copy;
            }
          };
          complete(document.querySelector("header"));
          if (!list) return;

          // An image's commands and buttons are made when somebody looks at it.
          const images = [...list.children];
          list.addEventListener("toggle", (event) => complete(event.target), true);
          const named = () => {
            try {
              return decodeURIComponent(location.hash.slice(1));
            } catch {
              return "";
            }
          };
          const showNamed = () => {
            const image = element(named());
            if (!image || image.parentNode !== list) return;
            image.hidden = false;
            image.open = true;
            image.scrollIntoView();
          };
          addEventListener("hashchange", showNamed);

          // Search: all words must be in what the page says of an image.
          element("_tools").hidden = false;
          const count = (number) => `${number} image${number === 1 ? "" : "s"}`;
          const find = () => {
            const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
            let shown = 0;
            for (const image of images) {
              image.searched ??= image.textContent.toLowerCase();
              image.hidden = !words.every((word) => image.searched.includes(word));
              if (!image.hidden) shown += 1;
            }
            status.textContent = shown === images.length ? count(shown) : `${shown} of ${count(images.length)}`;
          };
          search.addEventListener("input", find);

          // Sorting: by a name from A, by numbers and times from the largest.
          const heads = [...element("_columns").children];
          const order = (button) => {
            const key = button.dataset.key;
            const isAgain = button.getAttribute("aria-pressed") === "true";
            const isText = key === "name" || key === "format";
            const isRising = isAgain ? !button.classList.contains("rising") : isText;
            for (const head of heads) head.firstChild.setAttribute("aria-pressed", head.firstChild === button);
            button.classList.toggle("rising", isRising);
            const sign = isRising ? 1 : -1;
            const value = (image) => key === "name" ? image.id : image.dataset[key];
            const compare = isText
              ? (a, b) => value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0
              : (a, b) => value(a) - value(b);
            images.sort((a, b) => sign * compare(a, b) || (a.id < b.id ? -1 : 1));
            list.append(...images);
          };
          for (const head of heads) {
            const button = document.createElement("button");
            button.type = "button";
            button.dataset.key = head.dataset.key;
            button.textContent = head.textContent;
            button.setAttribute("aria-label", `Sort by ${head.textContent.toLowerCase()}`);
            button.setAttribute("aria-pressed", head.dataset.key === "name");
            button.classList.toggle("rising", head.dataset.key === "name");
            button.addEventListener("click", () => order(button));
            head.replaceChildren(button);
          }
          showNamed();
          find();
        })();

        """#
}
