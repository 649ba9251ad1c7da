// The functions of the real catalog model accept what we publish.
'use strict';

const { CatalogClient } = require('@backstage/catalog-client');
const model = require('@backstage/catalog-model');
const { assert, check, refOf, run, sorted } = require('./harness.cjs');

const client = new CatalogClient({ discoveryApi: { getBaseUrl: async () => process.argv[2] } });
const KINDS = {
  api: [model.apiEntityV1alpha1Validator, model.isApiEntity],
  component: [model.componentEntityV1alpha1Validator, model.isComponentEntity],
  domain: [model.domainEntityV1alpha1Validator, model.isDomainEntity],
  group: [model.groupEntityV1alpha1Validator, model.isGroupEntity],
  location: [model.locationEntityV1alpha1Validator, model.isLocationEntity],
  resource: [model.resourceEntityV1alpha1Validator, model.isResourceEntity],
  system: [model.systemEntityV1alpha1Validator, model.isSystemEntity],
  user: [model.userEntityV1alpha1Validator, model.isUserEntity],
};
let entities;

check('references', async () => {
  entities = (await client.getEntities()).items;
  for (const entity of entities) {
    assert.equal(model.stringifyEntityRef(entity), refOf(entity));
    assert.equal(model.stringifyEntityRef(model.parseEntityRef(refOf(entity))), refOf(entity));
    assert.deepEqual(model.getCompoundEntityRef(entity).name, entity.metadata.name);
  }
});

check('envelopes', async () => {
  const validate = model.entitySchemaValidator();
  const policy = model.EntityPolicies.allOf([
    new model.SchemaValidEntityPolicy(),
    new model.DefaultNamespaceEntityPolicy(),
    new model.FieldFormatEntityPolicy(),
    new model.NoForeignRootFieldsEntityPolicy(['apiVersion', 'kind', 'metadata', 'spec', 'relations', 'status']),
  ]);
  for (const entity of entities) {
    assert.deepEqual(validate(entity), entity);
    await policy.enforce(entity);
  }
});

check('kinds', async () => {
  const seen = new Set();
  for (const entity of entities) {
    const kind = entity.kind.toLowerCase();
    if (!KINDS[kind]) continue;
    const [validator, is] = KINDS[kind];
    seen.add(kind);
    assert.equal(await validator.check(entity), true, refOf(entity));
    assert.equal(is(entity), true);
    for (const other of Object.keys(KINDS)) if (other !== kind) assert.equal(KINDS[other][1](entity), false);
  }
  assert.deepEqual(sorted(seen), sorted(Object.keys(KINDS)));
});

check('relations', async () => {
  const known = new Set(Object.keys(model).filter(name => name.startsWith('RELATION_')).map(name => model[name]));
  const types = new Set(entities.flatMap(entity => entity.relations.map(relation => relation.type)));
  for (const type of types) assert(known.has(type), type);
  for (const type of known) assert(types.has(type), `${type} occurs`);
  for (const entity of entities) {
    for (const { targetRef } of entity.relations) assert.equal(model.stringifyEntityRef(model.parseEntityRef(targetRef)), targetRef);
  }
});

check('locations', async () => {
  const web = entities.find(entity => refOf(entity) === 'component:default/web');
  assert.deepEqual(model.getEntitySourceLocation(web), { type: 'url', target: 'https://git.example.com/shop/' });
  for (const entity of entities) {
    const place = entity.metadata.annotations[model.ANNOTATION_LOCATION];
    assert.equal(model.stringifyLocationRef(model.parseLocationRef(place)), place);
  }
});

run();
