/** The API at the root of a domain of the operator's own. */
import { CfnOutput } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as apigatewayv2 from 'aws-cdk-lib/aws-apigatewayv2';
import { CfnRecordSet } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import type { Domain } from './options.ts';

const TLS = 'TLS_1_2';

interface Served {
  readonly apiId: string;
  readonly stage: string;
  /** The stage in the template: a mapping is refused before it exists. */
  readonly stageResource: Construct;
}

export class CustomDomain extends Construct {
  constructor(scope: Construct, id: string, domain: Domain, api: 'http' | 'rest', served: Served) {
    super(scope, id);
    const { target, zone } = api === 'http' ? this.httpDomain(domain, served) : this.restDomain(domain, served);
    if (domain.hostedZoneId !== undefined)
      new CfnRecordSet(this, 'Record', {
        hostedZoneId: domain.hostedZoneId,
        name: domain.name,
        type: 'A',
        aliasTarget: { dnsName: target, hostedZoneId: zone },
      });
    new CfnOutput(this, 'Target', {
      value: target,
      description: `CNAME or alias target of ${domain.name}`,
    }).overrideLogicalId('DomainTarget');
  }

  /** The stage is `v1` and the routes lack that prefix: `/v1/…` reaches them through one mapping, anything else through the other. */
  private restDomain({ name, certificateArn }: Domain, { apiId, stage, stageResource }: Served) {
    const domain = new apigateway.CfnDomainName(this, 'Domain', {
      domainName: name,
      regionalCertificateArn: certificateArn,
      endpointConfiguration: { types: ['REGIONAL'] },
      securityPolicy: TLS,
    });
    for (const basePath of [undefined, stage]) {
      const mapping = new apigateway.CfnBasePathMapping(this, `mapping-${basePath ?? 'root'}`, {
        domainName: domain.ref,
        restApiId: apiId,
        stage,
        ...(basePath !== undefined && { basePath }),
      });
      mapping.node.addDependency(stageResource);
    }
    return { target: domain.attrRegionalDomainName, zone: domain.attrRegionalHostedZoneId };
  }

  private httpDomain({ name, certificateArn }: Domain, { apiId, stage, stageResource }: Served) {
    const domain = new apigatewayv2.CfnDomainName(this, 'Domain', {
      domainName: name,
      domainNameConfigurations: [{ certificateArn, endpointType: 'REGIONAL', securityPolicy: TLS }],
    });
    const mapping = new apigatewayv2.CfnApiMapping(this, 'mapping-root', { domainName: domain.ref, apiId, stage });
    mapping.node.addDependency(stageResource);
    return { target: domain.attrRegionalDomainName, zone: domain.attrRegionalHostedZoneId };
  }
}
