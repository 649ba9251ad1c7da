// What the path alone decides, asked by the real catalog client from the bare published folder.
'use strict';

const { CatalogClient } = require('@backstage/catalog-client');
const { assert, check, failure, refOf, refsOf, run, sorted } = require('./harness.cjs');

const base = process.argv[2];
const client = new CatalogClient({ discoveryApi: { getBaseUrl: async () => base } });
let entities;

check('getEntities', async () => {
  entities = (await client.getEntities()).items;
  assert(entities.length > 10);
  assert.deepEqual(refsOf(entities), sorted(refsOf(entities)));
});

check('getEntityByRef', async () => {
  for (const entity of entities) assert.deepEqual(await client.getEntityByRef(refOf(entity)), entity);
  assert.equal(await client.getEntityByRef('component:default/nobody'), undefined);
});

check('getEntityAncestors', async () => {
  const answer = await client.getEntityAncestors({ entityRef: 'component:default/led-to' });
  assert.deepEqual(refsOf(answer.items.map(item => item.entity)), ['component:default/led-to', 'location:default/everything']);
  assert.equal((await failure(client.getEntityAncestors({ entityRef: 'component:default/nobody' }))).statusCode, 404);
});

check('by uid', async () => {
  for (const entity of entities) {
    assert.deepEqual(await (await fetch(`${base}/entities/by-uid/${entity.metadata.uid}`)).json(), entity);
  }
});

check('getEntityFacets', async () => {
  const { facets } = await client.getEntityFacets({ facets: ['kind'] });
  for (const { value, count } of facets.kind) assert.equal(entities.filter(e => e.kind === value).length, count);
  assert.equal(facets.kind.reduce((sum, { count }) => sum + count, 0), entities.length);
});

check('getLocations', async () => {
  assert((await client.getLocations()).items.length > 1);
});

run();
