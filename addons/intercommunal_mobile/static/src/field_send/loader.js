// @odoo-module ignore
/* Runs Odoo's modules, in the page and in its worker. Core's loader also reports to
   developers: 1.5 kB that every phone would fetch. */
(() => {
    const modules = new Map();
    const waiting = new Set();
    const isReady = ([, needs]) => needs.every((name) => modules.has(name));
    const define = (...module) => {
        waiting.add(module);
        let ready;
        // each one may be what others wait for
        while ((ready = [...waiting].find(isReady))) {
            waiting.delete(ready);
            const [name, , make] = ready;
            modules.set(
                name,
                make((other) => modules.get(other))
            );
        }
    };
    globalThis.odoo = { define, loader: { modules } };
})();
