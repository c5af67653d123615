using LifelongApi.Api.OpenApi;
using LifelongApi.Api.Requests;
using LifelongApi.Contracts.Models;
using static LifelongApi.Api.OpenApi.DescribedEndpoints;

namespace LifelongApi.Api.Bundles;

/// <summary>What the documentation says about bundles.</summary>
internal static class BundleDescriptions
{
    private const string Binary = "(a bundle, see docs/bundle.md)";

    public static OperationDescription Export { get; } = new("Export a model", "The model as one file: spec, state, live event ids, statistics, class and feature names, with checksums; no events and no code. Streamed. A file without its end frame was cut off and is refused.")
    {
        Parameters = [new("version", false, "This stored version instead of the present position.", "3")],
        Answers = [new(StatusCodes.Status200OK, "The file.", new(BundleFormat.MediaType, null, Binary))],
        Problems = [400, 404],
    };

    public static OperationDescription Import { get; } = new("Import a model", "A new model of this name, with a stream of its own, that goes on where the exported one stood: same state hash, same numbering, and its event ids answer duplicate. Everything is checked before anything is stored.")
    {
        Bodies = [new(MediaTypes.Raw, null, Binary)],
        Answers = [Created<ModelInfo>("The new model; Location says where it is.", Samples.Model)],
        Problems = [400, 409, 415],
    };
}
