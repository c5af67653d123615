using LifelongApi.Api.OpenApi;
using LifelongApi.Api.Requests;
using LifelongApi.Contracts.Admin;
using LifelongApi.Contracts.Models;
using static LifelongApi.Api.OpenApi.DescribedEndpoints;

namespace LifelongApi.Api.Encoders;

/// <summary>What the documentation says about encoders.</summary>
internal static class EncoderDescriptions
{
    private const string Info = """{"name":"squeezenet","hash":"sha256:8f2c","bytes":2484091,"producer":"onnx-caffe2","opset":7,"runtime":"onnxruntime 1.31.1","input":{"name":"data_0","type":"float16","shape":[1,3,224,224]},"outputs":[{"name":"softmaxout_1","type":"float16","shape":[1,1000,1,1]}],"tensors":["conv1_1 (Conv)","pool10_1 (GlobalAveragePool)","softmaxout_1 (Softmax)"],"createdAt":"2026-03-01T12:00:00+00:00"}""";

    public static OperationDescription Put { get; } = new("Upload an encoder", "An ONNX file that models may stand behind: it turns images, sounds or texts into the vector that is learned from. Kept by the hash of its bytes; the same file under the same name again answers what is there. It is inspected and tried before it is stored: refused with the reason is what is not ONNX, wants files beside it, uses operators that are not standard, has no single input, or does not run.")
    {
        Bodies = [new(MediaTypes.Raw, null, "the bytes of an ONNX file")],
        Answers =
        [
            Created<EncoderInfo>("It was stored; Location says where it is.", Info),
            Ok<EncoderInfo>("It was there already.", Info),
        ],
        Problems = [400, 409, 413, 415],
    };

    public static OperationDescription List { get; } = new("List encoders", "By name, without their inner tensors.")
    {
        Answers = [Ok<Page<EncoderInfo>>("All of them.", $$"""{"items":[{{Info}}]}""")],
    };

    public static OperationDescription Get { get; } = new("Get an encoder", "By name or by hash, with every tensor that can be learned from.")
    {
        Answers = [Ok<EncoderInfo>("The encoder.", Info)],
        Problems = [404],
    };

    public static OperationDescription Delete { get; } = new("Delete an encoder", "Where no model stands behind it. Models replay their journals without it.")
    {
        Answers = [NoContent("It is gone.")],
        Problems = [404, 409],
    };
}
