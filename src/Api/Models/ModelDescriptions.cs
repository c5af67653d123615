using LifelongApi.Api.OpenApi;
using LifelongApi.Contracts.Models;
using static LifelongApi.Api.OpenApi.DescribedEndpoints;

namespace LifelongApi.Api.Models;

/// <summary>What the documentation says about models.</summary>
internal static class ModelDescriptions
{
    public static OperationDescription Create { get; } = new("Create a model", "From a preset (classifier, regressor, compact, classifier-large, analytic, anomaly), or with every part by hand. It leads a stream of its own name, or follows an existing one. The same spec under the same name again answers what is there.")
    {
        Bodies = [Json<CreateModelRequest>("""{"preset":"classifier","input":{"kind":"named","lags":[{"feature":"amount"}],"elapsed":["entity"]}}""")],
        Answers =
        [
            Created<ModelInfo>("It was created; Location says where it is.", Samples.Model),
            Ok<ModelInfo>("It was there already, with the same spec.", Samples.Model),
        ],
        Problems = [400, 409, 413, 415],
    };

    public static OperationDescription Get { get; } = new("Get a model", "With its spec, position, newest version and state hash. The ETag is the position.")
    {
        Answers = [Ok<ModelInfo>("The model.", Samples.Model)],
        Problems = [404],
    };

    public static OperationDescription List { get; } = new("List models", "By name, without specs. Listing does not open closed models: they show the position and hash of their newest version.")
    {
        Parameters = Paging,
        Answers = [Ok<Page<ModelInfo>>("A page.", Samples.Page(Samples.Model))],
        Problems = [400],
    };

    public static OperationDescription Delete { get; } = new("Delete a model", "With its versions and outcomes, and with its stream where nobody else follows it.")
    {
        Answers = [NoContent("It is gone.")],
        Problems = [404, 409],
    };
}
