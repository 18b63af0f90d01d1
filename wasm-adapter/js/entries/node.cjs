// Node can require what is to be imported, so that there is one recorder for both.
const { Recorder, aws, http, udp } = require("./node.js");

module.exports = { Recorder, aws, http, udp };
