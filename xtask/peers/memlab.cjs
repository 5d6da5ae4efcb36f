// Opens a snapshot with memlab: parse, shortest paths, dominators, retained sizes.
const { getFullHeapFromFile } = require('@memlab/heap-analysis');

getFullHeapFromFile(process.argv[2]).then((heap) => console.log(heap.nodes.length));
