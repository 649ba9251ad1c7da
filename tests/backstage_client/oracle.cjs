// Backstage's own in-memory catalog, and the search rows that its backend makes, over the entities that we published.
// With "rows" it prints {ref: [[key, value, original]]}, with "matches" and predicates as JSON the references that match each;
// without either it checks that its answers are ours.
'use strict';

const path = require('node:path');
const { CatalogClient, CATALOG_FILTER_EXISTS } = require('@backstage/catalog-client');
const { InMemoryCatalogClient } = require('@backstage/catalog-client/testUtils');
const { assert, check, refOf, refsOf, run, sorted } = require('./harness.cjs');

const ours = new CatalogClient({ discoveryApi: { getBaseUrl: async () => process.argv[2] } });

/** The backend's function that flattens an entity; the package bundles it without exporting it. */
function searchRows(entity) {
  const folder = path.dirname(require.resolve('@backstage/catalog-client/package.json'));
  const file = 'dist/plugins/catalog-backend/src/database/operations/stitcher/buildEntitySearch.cjs.js';
  return require(path.join(folder, file)).buildEntitySearch('', entity);
}

if (process.argv[3] === 'rows') {
  ours.getEntities().then(({ items }) => {
    const rows = items.map(entity => [refOf(entity), searchRows(entity).map(row => [row.key, row.value, row.original_value])]);
    console.log(JSON.stringify(Object.fromEntries(rows)));
  });
} else if (process.argv[3] === 'matches') {
  const { evaluateFilterPredicate } = require('@backstage/filter-predicates');
  ours.getEntities().then(({ items }) => {
    const found = JSON.parse(process.argv[4]).map(predicate => refsOf(items.filter(entity => evaluateFilterPredicate(predicate, entity))));
    console.log(JSON.stringify(found));
  });
} else {
  let entities;
  let theirs;

  check('entities', async () => {
    entities = (await ours.getEntities()).items;
    theirs = new InMemoryCatalogClient({ entities });
  });

  const filters = [
    { kind: 'component' },
    { KIND: 'COMPONENT', 'spec.lifecycle': 'production' },
    [{ kind: 'api' }, { 'spec.type': 'service' }],
    { 'metadata.tags': CATALOG_FILTER_EXISTS },
    { 'metadata.tags.java': 'true' },
    { 'metadata.annotations': CATALOG_FILTER_EXISTS },
    { 'metadata.links.title': CATALOG_FILTER_EXISTS },
    { 'relations.ownedby': 'group:default/team-a' },
    { 'spec.profile.displayname': 'Ann' },
    { 'metadata.description': CATALOG_FILTER_EXISTS },
    { 'spec.definition': CATALOG_FILTER_EXISTS },
    { 'metadata.namespace': 'shop', kind: ['component', 'system'] },
  ];
  const queries = [
    { kind: 'component' },
    { $all: [{ kind: 'component' }, { $not: { 'spec.type': 'service' } }] },
    { $any: [{ kind: 'group' }, { 'spec.lifecycle': { $in: ['Production', 'x'] } }] },
    { 'spec.type': { $exists: false } },
    { 'spec.definition': { $exists: true } },
    { 'metadata.tags': { $contains: 'java' } },
    { 'metadata.tags.java': true },
    { 'spec.replicas': 3 },
    { 'spec.critical': true },
    { 'metadata.name': { $hasPrefix: 'w' } },
    { relations: { $contains: { type: 'dependsOn' } } },
    { relations: { $contains: { type: 'ownedBy', targetRef: { $in: ['group:default/team-a', 'group:default/none'] } } } },
    { $all: [] },
    { $any: [] },
    { $not: { $any: [{ kind: 'component' }, { kind: 'user' }] } },
  ];
  const fields = ['kind', 'metadata.name', 'spec.type', 'metadata.annotations.example.com/tier', 'metadata.tags', 'relations', 'x.y'];

  check('filters', async () => {
    for (const filter of filters) {
      const asked = { filter, fields };
      assert.deepEqual((await ours.getEntities(asked)).items, (await theirs.getEntities(asked)).items, said(filter));
    }
  });

  check('predicates', async () => {
    for (const query of queries) {
      const asked = { query, limit: 1000 };
      const [mine, other] = [await ours.queryEntities(asked), await theirs.queryEntities(asked)];
      assert.deepEqual(refsOf(mine.items), sorted(refsOf(other.items)), said(query));
      assert.equal(mine.totalItems, other.totalItems);
      const refs = refsOf(entities);
      const batch = { entityRefs: refs, query, fields };
      assert.deepEqual((await ours.getEntitiesByRefs(batch)).items, (await theirs.getEntitiesByRefs(batch)).items);
    }
  });

  check('facets', async () => {
    const facets = ['kind', 'KIND', 'metadata.tags', 'spec.type', 'relations.ownedBy', 'metadata.namespace', 'spec.replicas', 'nothing'];
    for (const asked of [{}, ...filters.map(filter => ({ filter })), ...queries.map(query => ({ query }))]) {
      const mine = (await ours.getEntityFacets({ facets, ...asked })).facets;
      const other = (await theirs.getEntityFacets({ facets, ...asked })).facets;
      for (const facet of facets) {
        const byValue = (a, b) => (a.value < b.value ? -1 : 1);
        assert.deepEqual([...mine[facet]].sort(byValue), [...other[facet]].sort(byValue), `${facet} ${said(asked)}`);
      }
    }
  });

  check('order', async () => {
    for (const field of ['metadata.uid', 'metadata.name', 'metadata.title', 'spec.type', 'KIND']) {
      for (const order of ['asc', 'desc']) {
        // Theirs keeps entities without the field and settles equal values otherwise: the values must come in the same order.
        const asked = { orderFields: { field, order }, limit: 1000 };
        const valueOf = entity => {
          const row = searchRows(entity).find(one => one.key === field.toLowerCase());
          return row && row.value;
        };
        const [mine, other] = [await ours.queryEntities(asked), await theirs.queryEntities(asked)];
        const wanted = other.items.map(valueOf).filter(value => value !== undefined && value !== null);
        assert.deepEqual(mine.items.map(valueOf), wanted, `${field} ${order}`);
        assert.equal(mine.totalItems, wanted.length);
      }
    }
  });

  check('full text', async () => {
    for (const term of ['a', 'Shop', 'team-', '1']) {
      for (const named of [undefined, ['metadata.title', 'spec.owner', 'metadata.tags'], ['metadata.description']]) {
        const asked = { fullTextFilter: { term, ...(named && { fields: named }) }, limit: 1000 };
        const [mine, other] = [await ours.queryEntities(asked), await theirs.queryEntities(asked)];
        assert.deepEqual(refsOf(mine.items), sorted(refsOf(other.items)), said(asked));
      }
    }
  });

  function said(value) {
    return JSON.stringify(value);
  }

  run();
}
