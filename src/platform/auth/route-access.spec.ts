import { Controller, Get } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { Test } from '@nestjs/testing';
import { Public } from './public.decorator.js';
import { RequireScope } from './require-scope.decorator.js';
import { routeAccess } from './route-access.js';

@Controller('mixed')
@Public()
class MixedController {
  @Get('open')
  open() {
    return {};
  }

  @Get('closed')
  @RequireScope('items:read')
  closed() {
    return {};
  }
}

class PlainController {
  forgotten() {
    return {};
  }
}

function method(controller: { readonly prototype: object }, name: string): object {
  const handler: unknown = Reflect.get(controller.prototype, name);
  if (typeof handler !== 'function') throw new Error(`There is no method ${name}.`);
  return handler;
}

describe('what a route declares', () => {
  it('is its scope, even in a public controller', () => {
    expect(routeAccess(method(MixedController, 'closed'), MixedController)).toEqual({ scope: 'items:read' });
    expect(routeAccess(method(MixedController, 'open'), MixedController)).toBe('public');
  });

  it('is nothing unless it says so', () => {
    expect(routeAccess(method(PlainController, 'forgotten'), PlainController)).toBe('undeclared');
  });

  it('stands in the OpenAPI document', async () => {
    const built = await Test.createTestingModule({ controllers: [MixedController] }).compile();
    const app = built.createNestApplication(new FastifyAdapter());
    await app.init();
    try {
      const { paths } = SwaggerModule.createDocument(app, new DocumentBuilder().addBearerAuth().build());
      expect(paths['/mixed/closed']?.get).toMatchObject({
        security: [{ bearer: ['items:read'] }],
        'x-required-scope': 'items:read',
      });
      expect(paths['/mixed/open']?.get).not.toHaveProperty('security');
    } finally {
      await app.close();
    }
  });
});
