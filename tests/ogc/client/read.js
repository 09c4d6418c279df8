// Reads an OGC API with @camptocamp/ogc-client and prints what it understood: node read.js ADDRESS
import { OgcApiEndpoint } from "@camptocamp/ogc-client";

const endpoint = new OgcApiEndpoint(process.argv[2]);
const found = {
  info: await endpoint.info,
  classes: await endpoint.conformanceClasses,
  hasFeatures: await endpoint.hasFeatures,
  collections: await endpoint.featureCollections,
  cells: await endpoint.getCollectionInfo("cells"),
  items: await endpoint.getCollectionItems("cells", 3),
  item: await endpoint.getCollectionItem("grids", "330203008-01"),
  address: await endpoint.getCollectionItemsUrl("cells", {
    query: "area_m2=0",
    limit: 2,
    extent: [121.49, 29.88, 121.4905, 29.8805],
    outputCrs: "http://www.opengis.net/def/crs/EPSG/0/4549",
  }),
};
console.log(JSON.stringify(found));
