using LifelongApi.Api.OpenApi;
using LifelongApi.Contracts.Models;
using static LifelongApi.Api.OpenApi.DescribedEndpoints;

namespace LifelongApi.Api.Bundles;

/// <summary>What the documentation says about bundles.</summary>
internal static class BundleDescriptions
{
    private const string Binary = "(a bundle, see docs/bundle.md)";
    private const string Content = "The model as one file: spec, state, live event ids, statistics, class and feature names, the file of its encoder, the uploaded probe sets, with checksums; no events and no code. Streamed. A file without its end frame was cut off and is refused.";

    private static readonly DescribedAnswer[] File = [new(StatusCodes.Status200OK, "The file.", new(BundleFormat.MediaType, null, Binary))];

    private static readonly DescribedParameter[] Parameters =
    [
        new("encoder", false, "false leaves the file of the encoder out; the other service must have it already.", "true"),
        new("probes", false, "false leaves the probe sets of the stream out, which hold rows of data.", "true"),
    ];

    public static OperationDescription ExportPresent { get; } = new("Export a model", $"{Content} The present position.")
    {
        Parameters = Parameters,
        Answers = File,
        Problems = [400, 404, 409],
    };

    public static OperationDescription ExportVersion { get; } = new("Export a version", $"{Content} The ids are those that were live there.")
    {
        Parameters = Parameters,
        Answers = File,
        Problems = [400, 404, 409],
    };

    public static OperationDescription Import { get; } = new("Import a model", "A new model of this name, with a stream of its own, that goes on where the exported one stood: same state hash, same numbering, and its event ids answer duplicate. Everything is checked before anything is stored.")
    {
        Bodies = [new(BundleFormat.MediaType, null, Binary)],
        Answers = [Created<ModelInfo>("The new model; Location says where it is.", Samples.Model)],
        Problems = [400, 409, 415],
    };
}
