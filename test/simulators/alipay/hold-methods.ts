/** Pre-authorization at the simulated gateway. */
import { type Books, type Hold, numberOf, type Order } from './books.ts';
import { type Biz, fen, type Members, type MethodDeps, type No, no, timeOf, yuan } from './methods.ts';

const text = (biz: Biz, name: string): string => (typeof biz[name] === 'string' ? biz[name] : '');
const PAYER = '2088000000000099';

/** The order in the parameters of a code or an app. */
export function readHold({ books, nowMs, sellerId }: MethodDeps, biz: Biz, notifyUrl: string): Order | No {
  const number = text(biz, 'out_order_no');
  const amount = fen(biz.amount);
  const [, minutes] = /^([1-9]\d*)m$/.exec(text(biz, 'pay_timeout')) ?? [];
  if (!number || !amount || minutes === undefined || text(biz, 'payee_user_id') !== sellerId)
    return no('ILLEGAL_ARGUMENT');
  if (books.canceled.has(`hold ${number}`)) return no('ORDER_ALREADY_CLOSED');
  const hold = books.holds.get(number);
  if (hold?.status === 'SUCCESS') return no('FREEZE_ALREADY_SUCCESS');
  if (hold?.status === 'CLOSED') return no('ORDER_ALREADY_CLOSED');
  const expiresMs = nowMs() + Number(minutes) * 60_000;
  return { number, amount, subject: text(biz, 'order_title'), expiresMs, notifyUrl, returnUrl: '' };
}

/** The payer opened the order. */
export function openHold(books: Books, order: Order, nowMs: number): Hold {
  const made: Hold = books.holds.get(order.number) ?? {
    ...order,
    request: order.number,
    authNo: numberOf(books, '20261201100020'),
    createdMs: nowMs,
    status: 'INIT',
    rest: 0n,
    paid: 0n,
    releases: new Map(),
  };
  books.holds.set(order.number, made);
  return made;
}

const statusOf = ({ status, rest, paid }: Hold): string => {
  if (status !== 'SUCCESS') return status;
  if (rest > 0n) return 'AUTHORIZED';
  return paid > 0n ? 'FINISH' : 'CLOSED';
};

export const holdMembers = (hold: Hold): Members => ({
  auth_no: hold.authNo,
  out_order_no: hold.number,
  order_status: statusOf(hold),
  total_freeze_amount: yuan(hold.status === 'SUCCESS' ? hold.amount : 0n),
  rest_amount: yuan(hold.rest),
  total_pay_amount: yuan(hold.paid),
  payer_user_id: PAYER,
  payer_logon_id: '159****5620',
  operation_id: `1${hold.authNo}`,
  out_request_no: hold.request,
  operation_type: 'FREEZE',
  amount: yuan(hold.amount),
  status: hold.status,
});

const releaseMembers = (hold: Hold, request: string): Members => ({
  ...holdMembers(hold),
  operation_id: `2${hold.authNo}${hold.releases.size}`,
  out_request_no: request,
  operation_type: 'UNFREEZE',
  amount: yuan(hold.releases.get(request)!.amount),
  status: 'SUCCESS',
});

type Method = (deps: MethodDeps, biz: Biz, notifyUrl: string) => Members | No;

const voucher: Method = (deps, biz, notifyUrl) => {
  const order = readHold(deps, biz, notifyUrl);
  if ('no' in order) return order;
  const { codes } = deps.books;
  const known = [...codes].find(([, one]) => one.held && one.order.number === order.number)?.[0];
  const code = known ?? `fpx0${codes.size + 1}`;
  if (!known) codes.set(code, { order, held: true });
  return {
    out_order_no: order.number,
    out_request_no: text(biz, 'out_request_no'),
    code_type: 'qrCode',
    code_value: `${deps.baseUrl}/qr/${code}`,
  };
};

const detail: Method = ({ books }, biz) => {
  const hold = books.holds.get(text(biz, 'out_order_no'));
  if (!hold) return no('AUTH_ORDER_NOT_EXIST');
  const request = text(biz, 'out_request_no');
  if (request === hold.request) return holdMembers(hold);
  return hold.releases.has(request) ? releaseMembers(hold, request) : no('AUTH_OPERATION_NOT_EXIST');
};

const unfreeze: Method = ({ books, nowMs, notify }, biz, notifyUrl) => {
  const hold = [...books.holds.values()].find(({ authNo }) => authNo === biz.auth_no);
  if (!hold) return no('AUTH_ORDER_NOT_EXIST');
  const request = text(biz, 'out_request_no');
  const amount = fen(biz.amount);
  const before = hold.releases.get(request);
  if (before && before.amount !== amount) return no('UNIQUE_VIOLATION');
  if (!before) {
    if (!amount || amount > hold.rest) return no('REQUEST_AMOUNT_EXCEED');
    hold.releases.set(request, { amount, atMs: nowMs() });
    hold.rest -= amount;
    notify.hold('fund_auth_unfreeze', notifyUrl, releaseMembers(hold, request));
  }
  return { ...releaseMembers(hold, request), gmt_trans: timeOf(nowMs()) };
};

const operationCancel: Method = ({ books }, biz) => {
  const number = text(biz, 'out_order_no');
  const hold = books.holds.get(number);
  const isKnown =
    hold !== undefined || [...books.codes.values()].some(({ held, order }) => held && order.number === number);
  if (!isKnown) return no('AUTH_ORDER_NOT_EXIST');
  books.canceled.add(`hold ${number}`);
  const action = hold?.status === 'SUCCESS' ? 'unfreeze' : 'close';
  if (hold) {
    if (hold.status !== 'SUCCESS') hold.status = 'CLOSED';
    hold.rest = 0n;
  }
  return { out_order_no: number, out_request_no: number, action, ...(hold && { auth_no: hold.authNo }) };
};

export const HOLD_METHODS: Readonly<Record<string, Method>> = {
  'alipay.fund.auth.order.voucher.create': voucher,
  'alipay.fund.auth.operation.detail.query': detail,
  'alipay.fund.auth.order.unfreeze': unfreeze,
  'alipay.fund.auth.operation.cancel': operationCancel,
};
