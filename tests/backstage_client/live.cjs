// Every reading method of the real catalog client against a served site; each answer is compared with a plain loop over all entities.
'use strict';

const { CatalogClient, CATALOG_FILTER_EXISTS } = require('@backstage/catalog-client');
const model = require('@backstage/catalog-model');
const { all, assert, check, failure, noting, refOf, refsOf, run, same, sorted } = require('./harness.cjs');

const base = process.argv[2];
const called = new Set();
const client = noting(new CatalogClient({ discoveryApi: { getBaseUrl: async () => base } }), called);
const WRITES = ['addLocation', 'analyzeLocation', 'refreshEntity', 'removeEntityByUid', 'removeLocationById', 'updateLocation'];
const INNER = ['constructor', 'getFilterValue', 'requestIgnored', 'requestOptional', 'requestRequired'];

let entities;
const is = kind => entity => entity.kind.toLowerCase() === kind;
const where = test => entities.filter(test);
const tagged = tag => entity => (entity.metadata.tags || []).includes(tag);
const ownedBy = ref => entity => entity.relations.some(one => one.type === 'ownedBy' && one.targetRef === ref);
const titled = entity => entity.metadata.title !== undefined && entity.metadata.title.length <= 200;
const titleOf = entity => entity.metadata.title.toLowerCase();
const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const byTitle = (a, b) => compare(titleOf(a), titleOf(b)) || compare(refOf(a), refOf(b));

check('getEntities', async () => {
  entities = (await client.getEntities()).items;
  assert(entities.length > 10);
  assert.deepEqual(refsOf(entities), sorted(refsOf(entities)), 'by reference');
  const published = await (await fetch(`${base}/entities/`)).json();
  assert.deepEqual(entities, published, 'the live answer is the published file');
});

check('getEntities: filters', async () => {
  const get = async filter => (await client.getEntities({ filter })).items;
  same(await get({ kind: 'component' }), where(is('component')));
  same(await get({ kind: ['Component', 'API'] }), where(e => is('component')(e) || is('api')(e)));
  same(await get({ kind: 'component', 'spec.type': 'service' }), where(e => is('component')(e) && e.spec.type === 'service'));
  same(await get([{ kind: 'user' }, { kind: 'group' }]), where(e => is('user')(e) || is('group')(e)));
  same(await get({ 'metadata.tags': CATALOG_FILTER_EXISTS }), where(e => (e.metadata.tags || []).length));
  same(await get({ 'metadata.tags.java': 'true' }), where(tagged('java')));
  same(await get({ 'metadata.tags': ['java', 'go'] }), where(e => tagged('java')(e) || tagged('go')(e)));
  same(await get({ 'relations.ownedBy': 'group:default/team-a' }), where(ownedBy('group:default/team-a')));
  same(await get({ 'metadata.annotations.example.com/tier': 'Gold' }), where(e => (e.metadata.annotations || {})['example.com/tier'] === 'gold'));
  same(await get({ 'spec.replicas': '3' }), where(e => String(e.spec.replicas) === '3'));
  same(await get({ 'spec.critical': 'true' }), where(e => String(e.spec.critical) === 'true'));
  same(await get({ 'metadata.title': '' }), []);
  assert(where(tagged('java')).length && where(ownedBy('group:default/team-a')).length && where(e => e.spec.critical).length);
});

check('getEntities: fields', async () => {
  const { items } = await client.getEntities({
    filter: { kind: 'component' },
    fields: ['kind', 'metadata.name', 'metadata.annotations.example.com/tier', 'spec.absent', 'relations'],
  });
  const wanted = where(is('component')).map(e => {
    const tier = (e.metadata.annotations || {})['example.com/tier'];
    return {
      kind: e.kind,
      metadata: { name: e.metadata.name, ...(tier && { annotations: { 'example.com/tier': tier } }) },
      relations: e.relations,
    };
  });
  assert.deepEqual(items, wanted);
  const refused = await failure(client.getEntities({ fields: ['metadata.tags[0]'] }));
  assert.equal(refused.name, 'ResponseError');
  assert.equal(refused.cause.name, 'InputError');
});

check('getEntities: order, pages, after', async () => {
  const { items } = await client.getEntities({ order: { field: 'metadata.title', order: 'desc' } });
  const having = items.filter(titled);
  assert.equal(items.length, entities.length, 'nobody is left out');
  assert.deepEqual(items.slice(having.length).filter(titled), [], 'those without a title come last');
  assert.deepEqual(having.map(titleOf), sorted(where(titled).map(titleOf)).reverse());
  const two = [{ field: 'kind', order: 'desc' }, { field: 'metadata.name', order: 'asc' }];
  const names = (await client.getEntities({ order: two })).items.map(e => [e.kind.toLowerCase(), e.metadata.name.toLowerCase()]);
  const wanted = where(() => true).map(e => [e.kind.toLowerCase(), e.metadata.name.toLowerCase()]);
  assert.deepEqual(names, wanted.sort((a, b) => compare(b[0], a[0]) || compare(a[1], b[1])));
  assert.deepEqual((await client.getEntities({ offset: 3, limit: 4 })).items, entities.slice(3, 7));
  const pages = [];
  let path = '/entities?limit=7&filter=kind=component';
  while (path) {
    const response = await fetch(new URL(path.replace(/^\/entities/, `${base}/entities`), base));
    pages.push(...(await response.json()));
    const next = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') || '');
    path = next && next[1];
  }
  assert.deepEqual(pages, where(is('component')));
  const after = btoa(JSON.stringify({ limit: 2, offset: 5 }));
  assert.deepEqual((await client.getEntities({ after })).items, entities.slice(5, 7));
});

/** Forwards through all pages, and back again. */
async function walked(request) {
  const forwards = [];
  let page = await client.queryEntities(request);
  forwards.push(page.items);
  while (page.pageInfo.nextCursor) {
    assert.equal(page.totalItems, (await client.queryEntities({ ...request, limit: 0 })).totalItems);
    page = await client.queryEntities({ cursor: page.pageInfo.nextCursor, limit: request.limit });
    forwards.push(page.items);
    assert(forwards.length < 500);
  }
  const backwards = [];
  while (page.pageInfo.prevCursor) {
    page = await client.queryEntities({ cursor: page.pageInfo.prevCursor, limit: request.limit });
    backwards.push(page.items);
  }
  return { forwards, backwards };
}

check('queryEntities: all pages, forwards and backwards', async () => {
  const limit = Math.max(2, Math.ceil(entities.length / 12));
  for (const order of ['asc', 'desc']) {
    for (const asked of [{ filter: undefined }, { filter: { kind: ['component', 'group'] } }, { query: { $not: { kind: 'component' } } }]) {
      const wanted = where(titled)
        .filter(e => (asked.filter ? is('component')(e) || is('group')(e) : asked.query ? !is('component')(e) : true))
        .sort(byTitle);
      if (order === 'desc') wanted.reverse();
      const { forwards, backwards } = await walked({ ...asked, limit, orderFields: { field: 'metadata.title', order } });
      assert.deepEqual(refsOf(forwards.flat()), refsOf(wanted));
      assert.deepEqual(backwards, forwards.slice(0, -1).reverse());
    }
  }
  const { forwards } = await walked({ limit });
  assert.deepEqual(forwards.flat(), entities, 'without an order, by reference');
});

check('queryEntities: counting, offset, fields', async () => {
  const counted = await client.queryEntities({ filter: { kind: 'component' }, limit: 0 });
  assert.deepEqual(counted, { items: [], totalItems: where(is('component')).length, pageInfo: {} });
  const uncounted = await client.queryEntities({ limit: 1, totalItems: 'exclude' });
  assert.equal(uncounted.totalItems, 0);
  const page = await client.queryEntities({ offset: 2, limit: 3, fields: ['metadata.name'] });
  assert.deepEqual(page.items, entities.slice(2, 5).map(e => ({ metadata: { name: e.metadata.name } })));
  assert.equal((await client.queryEntities()).items.length, Math.min(200, entities.length));
  const next = await client.queryEntities({ cursor: page.pageInfo.nextCursor, limit: 2, fields: ['kind'] });
  assert.deepEqual(next.items, entities.slice(5, 7).map(e => ({ kind: e.kind })));
  const refused = await failure(client.queryEntities({ cursor: 'nonsense' }));
  assert.equal(refused.statusCode, 400);
});

check('queryEntities: full text', async () => {
  const query = async request => (await client.queryEntities({ limit: 1000, ...request })).items;
  const has = (value, term) => typeof value === 'string' && value.length <= 200 && value.toLowerCase().includes(term);
  const order = { field: 'metadata.name', order: 'asc' };
  same(await query({ fullTextFilter: { term: ' AP ' }, orderFields: order }), where(e => has(e.metadata.name, 'ap')));
  const fields = ['metadata.title', 'metadata.description', 'metadata.tags', 'spec.profile.displayName'];
  const wanted = where(
    e =>
      has(e.metadata.title, 'sh') ||
      has(e.metadata.description, 'sh') ||
      (e.metadata.tags || []).some(tag => has(tag, 'sh')) ||
      has(e.spec.profile && e.spec.profile.displayName, 'sh'),
  );
  assert(wanted.length);
  same(await query({ fullTextFilter: { term: 'sh', fields } }), wanted);
  same(await query({ fullTextFilter: { term: 'sh', fields }, query: { kind: 'component' } }), wanted.filter(is('component')));
  const one = entities[4].metadata.uid;
  same(await query({ fullTextFilter: { term: one.slice(0, -1) } }), where(e => e.metadata.uid.includes(one.slice(0, -1))));
});

check('queryEntitiesByPredicate', async () => {
  const query = async predicate => (await client.queryEntities({ query: predicate, limit: 1000 })).items;
  const leaf = e => ['string', 'number', 'boolean'].includes(typeof e.spec.type);
  same(await query({ $all: [{ kind: 'Component' }, { 'spec.type': 'SERVICE' }] }), where(e => is('component')(e) && e.spec.type === 'service'));
  same(await query({ $any: [{ kind: 'user' }, { kind: 'api' }] }), where(e => is('user')(e) || is('api')(e)));
  same(await query({ $not: { kind: 'component' } }), where(e => !is('component')(e)));
  same(await query({ kind: { $in: ['GROUP', 'System'] } }), where(e => is('group')(e) || is('system')(e)));
  same(await query({ 'spec.type': { $exists: true } }), where(leaf));
  same(await query({ 'spec.type': { $exists: false } }), where(e => !leaf(e)));
  same(await query({ 'metadata.name': { $hasPrefix: 'A' } }), where(e => e.metadata.name.toLowerCase().startsWith('a')));
  same(await query({ 'metadata.tags': { $contains: 'java' } }), where(tagged('java')));
  same(await query({ 'spec.replicas': 3 }), where(e => String(e.spec.replicas) === '3'));
  same(await query({ relations: { $contains: { type: 'ownedBy', targetRef: 'group:default/team-a' } } }), where(ownedBy('group:default/team-a')));
  same(await query({ relations: { $contains: { type: 'partOf' } } }), where(e => e.relations.some(one => one.type === 'partOf')));
  same(await query({ $all: [] }), entities);
  same(await query({ $any: [] }), []);
  const both = await client.queryEntities({ query: { 'spec.type': 'service' }, filter: { kind: 'component' }, limit: 1000 });
  same(both.items, where(e => is('component')(e) && e.spec.type === 'service'));
  const direct = await client.queryEntitiesByPredicate({ query: { kind: 'api' }, orderFields: { field: 'metadata.name', order: 'desc' } });
  assert.deepEqual(direct.items.map(e => e.metadata.name), where(is('api')).map(e => e.metadata.name).sort().reverse());
  const refused = await failure(query({ kind: { $matches: 'x' } }));
  assert.equal(refused.cause.name, 'InputError');
});

check('streamEntities', async () => {
  assert.deepEqual(await all(client.streamEntities({ pageSize: 9 })), entities);
  same(await all(client.streamEntities({ filter: { kind: 'component' }, pageSize: 4 })), where(is('component')));
  same(await all(client.streamEntities({ query: { $not: { kind: 'component' } }, pageSize: 4 })), where(e => !is('component')(e)));
});

check('getEntitiesByRefs', async () => {
  const refs = ['component:default/nobody', refOf(entities[3]).toUpperCase(), refOf(entities[0])];
  assert.deepEqual((await client.getEntitiesByRefs({ entityRefs: refs })).items, [undefined, entities[3], entities[0]]);
  const fields = ['metadata.name'];
  assert.deepEqual((await client.getEntitiesByRefs({ entityRefs: refs, fields })).items, [
    undefined,
    { metadata: { name: entities[3].metadata.name } },
    { metadata: { name: entities[0].metadata.name } },
  ]);
  const everybody = refsOf(entities);
  const services = e => (is('component')(e) && e.spec.type === 'service' ? e : undefined);
  const filter = { kind: 'component', 'spec.type': 'service' };
  assert.deepEqual((await client.getEntitiesByRefs({ entityRefs: everybody, filter })).items, entities.map(services));
  const query = { $all: [{ kind: 'component' }, { 'spec.type': 'service' }] };
  assert.deepEqual((await client.getEntitiesByRefs({ entityRefs: everybody, query })).items, entities.map(services));
  assert.deepEqual((await client.getEntitiesByRefs({ entityRefs: [] })).items, []);
});

check('getEntityByRef, getEntityByName', async () => {
  for (const entity of entities) assert.deepEqual(await client.getEntityByRef(refOf(entity)), entity);
  const { kind, metadata } = entities[2];
  assert.deepEqual(await client.getEntityByRef({ kind, namespace: metadata.namespace, name: metadata.name }), entities[2]);
  assert.deepEqual(await client.getEntityByName({ kind, namespace: metadata.namespace, name: metadata.name }), entities[2]);
  assert.equal(await client.getEntityByRef('component:default/nobody'), undefined);
  const byUid = await fetch(`${base}/entities/by-uid/${metadata.uid}`);
  assert.deepEqual(await byUid.json(), entities[2]);
  assert.equal((await fetch(`${base}/entities/by-uid/nobody`)).status, 404);
});

check('getEntityAncestors', async () => {
  const led = entities.find(e => refOf(e) === 'component:default/led-to');
  const root = entities.find(e => refOf(e) === 'location:default/everything');
  assert.deepEqual(await client.getEntityAncestors({ entityRef: 'component:default/led-to' }), {
    rootEntityRef: 'component:default/led-to',
    items: [
      { entity: led, parentEntityRefs: ['location:default/everything'] },
      { entity: root, parentEntityRefs: [] },
    ],
  });
  const unknown = await failure(client.getEntityAncestors({ entityRef: 'component:default/nobody' }));
  assert.equal(unknown.statusCode, 404);
  assert.equal(unknown.cause.name, 'NotFoundError');
});

/** How many entities have each value of a facet, counted by hand. */
function counted(list, valuesOf) {
  const counts = {};
  for (const entity of list) for (const value of new Set(valuesOf(entity))) counts[value] = (counts[value] || 0) + 1;
  return counts;
}
const plain = facet => Object.fromEntries(facet.map(({ value, count }) => [value, count]));

check('getEntityFacets', async () => {
  const facets = ['kind', 'metadata.tags', 'spec.type', 'relations.ownedBy', 'nothing'];
  const answer = await client.getEntityFacets({ facets });
  assert.deepEqual(Object.keys(answer.facets), facets);
  assert.deepEqual(plain(answer.facets.kind), counted(entities, e => [e.kind]));
  assert.deepEqual(plain(answer.facets['metadata.tags']), counted(entities, e => e.metadata.tags || []));
  const owners = e => e.relations.filter(one => one.type === 'ownedBy').map(one => one.targetRef);
  assert.deepEqual(plain(answer.facets['relations.ownedBy']), counted(entities, owners));
  assert.deepEqual(answer.facets.nothing, []);
  const components = await client.getEntityFacets({ facets: ['spec.type'], filter: { kind: 'component' } });
  assert.deepEqual(plain(components.facets['spec.type']), counted(where(is('component')), e => [e.spec.type]));
  const refused = await failure(client.getEntityFacets({ facets: [] }));
  assert.equal(refused.statusCode, 400);
});

check('getEntityFacetsByPredicate', async () => {
  const query = { $not: { kind: 'component' } };
  const answer = await client.getEntityFacets({ facets: ['kind'], query });
  assert.deepEqual(plain(answer.facets.kind), counted(where(e => !is('component')(e)), e => [e.kind]));
  const both = await client.getEntityFacetsByPredicate({ facets: ['kind'], query, filter: { kind: ['group', 'user'] } });
  assert.deepEqual(plain(both.facets.kind), counted(where(e => is('group')(e) || is('user')(e)), e => [e.kind]));
});

check('locations', async () => {
  const { items } = await client.getLocations();
  const origins = entities.map(e => (e.metadata.annotations || {})[model.ANNOTATION_ORIGIN_LOCATION]).filter(Boolean);
  assert.deepEqual(sorted(items.map(model.stringifyLocationRef)), sorted(new Set(origins)));
  assert(items.length > 1);
  assert.deepEqual(await client.getLocationById(items[0].id), items[0]);
  assert.equal(await client.getLocationById('nobody'), undefined);
  assert.deepEqual(await client.getLocationByRef(model.stringifyLocationRef(items[1])), items[1]);
  const entity = entities.find(e => refOf(e) === 'component:default/web');
  const origin = entity.metadata.annotations[model.ANNOTATION_ORIGIN_LOCATION];
  assert.equal(model.stringifyLocationRef(await client.getLocationByEntity('component:default/web')), origin);
  assert.equal(await client.getLocationByEntity('component:default/nobody'), undefined);
  const first = await client.queryLocations({ limit: 1 });
  assert.deepEqual([first.items, first.totalItems], [[items[0]], items.length]);
  const second = await client.queryLocations({ cursor: first.pageInfo.nextCursor });
  assert.deepEqual(second.items, [items[1]]);
  assert.deepEqual((await client.queryLocations({ query: { TARGET: items[1].target.toUpperCase() } })).items, [items[1]]);
  assert.deepEqual((await client.queryLocations({ query: { $not: { id: items[0].id } } })).items, items.slice(1));
  assert.deepEqual(await all(client.streamLocations()), items);
});

check('validateEntity', async () => {
  const place = 'url:https://example.com/catalog-info.yaml';
  const web = entities.find(e => refOf(e) === 'component:default/web');
  const { relations, ...rest } = web;
  assert.deepEqual(await client.validateEntity({ ...rest }, place), { valid: true });
  const { owner, ...spec } = web.spec;
  const answer = await client.validateEntity({ ...rest, spec }, place);
  assert.equal(answer.valid, false);
  assert.match(answer.errors[0].message, /owner/);
  assert.equal((await client.validateEntity({ kind: 'X' }, place)).valid, false);
  assert.equal((await client.validateEntity({ ...rest }, 'file:x.yaml')).valid, false);
});

check('what only a running catalog can do', async () => {
  const statuses = {
    addLocation: [await failure(client.addLocation({ target: 'https://example.com/x.yaml' })), 403],
    dryRun: [await failure(client.addLocation({ target: 'https://example.com/x.yaml', dryRun: true })), 501],
    updateLocation: [await failure(client.updateLocation('x', { target: 'https://example.com/x.yaml' })), 403],
    removeLocationById: [await failure(client.removeLocationById('x')), 403],
    removeEntityByUid: [await failure(client.removeEntityByUid('x')), 403],
    refreshEntity: [await failure(client.refreshEntity('component:default/web')), 501],
    analyzeLocation: [await failure(client.analyzeLocation({ location: { type: 'url', target: 'https://example.com/x' } })), 501],
  };
  for (const [name, [error, status]] of Object.entries(statuses)) {
    assert.equal(error.name, 'ResponseError', name);
    assert.equal(error.statusCode, status, name);
    assert.match(error.cause.name, /^Not/, name);
    assert.match(error.body.request.url, /^\/(portal\/)?api\/catalog\//, name);
  }
});

check('fresh answers', async () => {
  const first = await fetch(`${base}/entity-facets?facet=kind`);
  const tag = first.headers.get('etag');
  assert(tag && first.headers.get('content-type').startsWith('application/json'));
  const again = await fetch(`${base}/entity-facets?facet=kind`, { headers: { 'if-none-match': tag } });
  assert.equal(again.status, 304);
  const other = await fetch(`${base}/entity-facets?facet=spec.type`, { headers: { 'if-none-match': tag } });
  assert.equal(other.status, 200);
});

check('every method was called', async () => {
  const methods = Object.getOwnPropertyNames(CatalogClient.prototype).filter(name => !INNER.includes(name));
  assert.deepEqual(sorted(called), sorted(methods));
  assert.deepEqual(methods.filter(name => WRITES.includes(name)).length, WRITES.length);
});

run();
