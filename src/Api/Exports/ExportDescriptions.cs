using LifelongApi.Api.OpenApi;
using LifelongApi.Api.Requests;

namespace LifelongApi.Api.Exports;

/// <summary>What the documentation says about exports.</summary>
internal static class ExportDescriptions
{
    public static OperationDescription Onnx { get; } = new("Export as ONNX", "The forward pass of the model as it stands, encoder included, as one ONNX file: input `features` [N, numbers], outputs `probabilities` and `label`, or `values`, or `surprise` and `score`. It predicts what the service predicts; it does not learn. The ETag is the position. Named features are columns that the file lists in its metadata. A model that looks back in time (lags, windows, contexts of a network) and one that knows nothing yet are refused with 409 and the reason.")
    {
        Answers = [new DescribedAnswer(StatusCodes.Status200OK, "The file.", new DescribedContent(MediaTypes.Raw, null, "the bytes of an ONNX file"))],
        Problems = [404, 409],
    };
}
