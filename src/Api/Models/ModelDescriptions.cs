using LifelongApi.Api.OpenApi;
using LifelongApi.Contracts.Models;
using static LifelongApi.Api.OpenApi.DescribedEndpoints;

namespace LifelongApi.Api.Models;

/// <summary>What the documentation says about models.</summary>
internal static class ModelDescriptions
{
    public static OperationDescription Create { get; } = new("Create a model", "From a preset (classifier, regressor, compact, classifier-large, analytic, anomaly), or with every part by hand. With entities each entity that events name gets small weights of its own beside the shared model. It leads a stream of its own name, or follows an existing one (follow), and may challenge its leader. The examples: history and entities; windows and several numbers; rare classes, abstention and default labels; anomalies; behind an encoder; a challenger. The same spec under the same name again answers what is there.")
    {
        Bodies =
        [
            Json<CreateModelRequest>("""{"preset":"classifier","input":{"kind":"named","lags":[{"feature":"amount"}],"elapsed":["entity"]},"entities":{"capacity":1000}}"""),
            Json<CreateModelRequest>("""{"preset":"regressor","input":{"kind":"named","windows":[{"feature":"load","events":24}],"order":{"late":"ignoreForWindows","latenessSeconds":60}},"target":{"kind":"value","size":2}}"""),
            Json<CreateModelRequest>("""{"preset":"classifier","balance":{"limit":10},"abstainBelow":0.6,"feedback":{"windowSeconds":3600,"defaultLabel":"legitimate","weight":0.5}}"""),
            Json<CreateModelRequest>("""{"preset":"anomaly","input":{"kind":"named"},"target":{"kind":"anomaly","quantile":0.995}}"""),
            Json<CreateModelRequest>("""{"preset":"classifier","input":{"kind":"vector","encoder":{"name":"squeezenet"}}}"""),
            Json<CreateModelRequest>("""{"preset":"classifier","seed":2,"follow":"fraud","from":"now","challenge":{"alpha":0.01,"minEvents":200,"promote":true,"rollback":true}}"""),
        ],
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
