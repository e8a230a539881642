/** The OpenAPI actions that Mooring itself serves; on Alibaba Cloud there are some 400 more. */
export const ACTIONS: Readonly<Record<string, string>> = {
  CreateProduct: '--ProductName --NodeType 0|1 [--ValidateType 0|1|2 --Description ...]',
  QueryProduct: '--ProductKey',
  ImportThingModelTsl: '--ProductKey --TslStr @tsl.json [--FunctionBlockId --FunctionBlockName]',
  GetThingModelTsl: '--ProductKey [--FunctionBlockId --Simple true]',
  RegisterDevice: '--ProductKey [--DeviceName --Nickname]',
  QueryDevice: '--ProductKey [--PageSize --CurrentPage --NextToken]',
  QueryDeviceDetail: '--ProductKey --DeviceName, or --IotId',
  GetDeviceStatus: '--ProductKey --DeviceName, or --IotId',
  DisableThing: '--ProductKey --DeviceName, or --IotId',
  EnableThing: '--ProductKey --DeviceName, or --IotId',
  DeleteDevice: '--ProductKey --DeviceName, or --IotId',
  QueryDevicePropertyStatus: '--ProductKey --DeviceName, or --IotId [--FunctionBlockId]',
  QueryDevicePropertyData: 'a device, --Identifier --StartTime --EndTime --Asc 0|1 --PageSize',
  QueryDeviceEventData:
    'a device, --StartTime --EndTime --Asc 0|1 --PageSize [--Identifier --EventType]',
};
