/** Drawn here: a bare phone may lack a font of pictograms. 24 × 24, from one stroke. */

const PATHS = {
    back: "M15 5l-7 7 7 7",
    call: "M5 4h4l2 5-3 2a12 12 0 0 0 5 5l2-3 5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 6a2 2 0 0 1 2-2z",
    map: "M12 21s7-6 7-11a7 7 0 1 0-14 0c0 5 7 11 7 11zM12 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
    mail: "M3 6h18v12H3zM3 7l9 7 9-7",
    camera: "M4 8h3l2-3h6l2 3h3v11H4zM12 17a4 4 0 1 0 0-8 4 4 0 0 0 0 8z",
    check: "M5 13l5 5 9-12",
    half: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
    stop: "M6 6l12 12M18 6L6 18",
    again: "M4 12a8 8 0 1 1 2 5M4 18v-4h4",
    send: "M4 12l16-8-5 16-4-6z",
    wait: "M12 7v5l3 3M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
    cloud: "M7 18a4 4 0 0 1 0-8 6 6 0 0 1 11 2 3 3 0 0 1-1 6z",
    nocloud: "M7 18a4 4 0 0 1 0-8 6 6 0 0 1 11 2 3 3 0 0 1-1 6zM4 4l16 16",
    alert: "M12 4l9 16H3zM12 10v4M12 17v.5",
    pen: "M4 20l1-5L16 4l4 4L9 19z",
    hide: "M4 4h16v16H4zM4 12h16",
    plus: "M12 5v14M5 12h14",
    minus: "M5 12h14",
    question: "M9 9a3 3 0 1 1 4 3c-1 .5-1 1-1 2M12 17.5v.5M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
    user: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21a8 8 0 0 1 16 0",
};

export const icon = (name) => PATHS[name];
