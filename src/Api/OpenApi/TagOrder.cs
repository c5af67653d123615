using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace LifelongApi.Api.OpenApi;

/// <summary>Puts the groups of operations in the order in which a newcomer needs them.</summary>
internal sealed class TagOrder : IDocumentFilter
{
    private static readonly (string Name, string Text)[] Tags =
    [
        ("Models", "Create, look at and delete models."),
        ("Learning", "Ask and teach; how well a model does."),
        ("Streams", "The journals that models learn from, and their tasks."),
        ("Snapshots", "Versions: take, restore, fork, compare."),
        ("Bundles", "Models as files, between stores and machines."),
        ("Encoders", "ONNX files that models stand behind."),
        ("History", "What was learned, from whom and with which effect."),
        ("Access", "API keys."),
        ("Health", "For whoever keeps the service running."),
    ];

    /// <inheritdoc/>
    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context)
    {
        swaggerDoc.Tags = new HashSet<OpenApiTag>();
        foreach (var (name, text) in Tags)
        {
            swaggerDoc.Tags.Add(new OpenApiTag { Name = name, Description = text });
        }
    }
}
