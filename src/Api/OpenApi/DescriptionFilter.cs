using System.Globalization;
using System.Text.Json.Nodes;
using LifelongApi.Api.Access;
using LifelongApi.Api.Requests;
using LifelongApi.Contracts.Problems;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace LifelongApi.Api.OpenApi;

/// <summary>Writes an endpoint's <see cref="OperationDescription"/> into the OpenAPI document, with an example for everything.</summary>
internal sealed class DescriptionFilter : IOperationFilter
{
    private static readonly Dictionary<string, string> RouteExamples = new(StringComparer.Ordinal)
    {
        ["model"] = "fraud",
        ["challenger"] = "challenger",
        ["stream"] = "fraud",
        ["task"] = "january",
        ["version"] = "3",
        ["other"] = "2",
        ["copy"] = "fraud-copy",
        ["name"] = "operator",
        ["encoder"] = "squeezenet",
    };

    /// <inheritdoc/>
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var metadata = context.ApiDescription.ActionDescriptor.EndpointMetadata;
        var description = metadata.OfType<OperationDescription>().LastOrDefault()
            ?? throw new InvalidOperationException($"{context.ApiDescription.HttpMethod} {context.ApiDescription.RelativePath} has no description.");
        operation.Summary = description.Summary;
        operation.Description = description.Text;
        AddParameters(operation, description, context.ApiDescription.RelativePath!);
        AddBodies(operation, description, context);

        operation.Responses = [];
        foreach (var answer in description.Answers)
        {
            operation.Responses[Key(answer.Status)] = new OpenApiResponse
            {
                Description = answer.Text,
                Content = answer.Content is { } content ? Contents([content], context) : null,
            };
        }

        var scope = metadata.OfType<RequiredScope>().LastOrDefault();
        var everywhere = scope is null ? Array.Empty<int>() : [401, 403, 500, 503];
        foreach (var status in description.Problems.Concat(everywhere).Distinct().Order())
        {
            operation.Responses[Key(status)] = ProblemResponse(status, context);
        }

        if (scope is not null)
        {
            operation.Description += $"\n\nScope: `{Scopes.Word(scope.Scope)}`.";
            operation.Security =
            [
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("apiKey", context.Document)] = [] },
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("bearer", context.Document)] = [] },
            ];
        }
    }

    private static string Key(int status) => status.ToString(CultureInfo.InvariantCulture);

    private static void AddParameters(OpenApiOperation operation, OperationDescription description, string path)
    {
        operation.Parameters ??= [];
        if (Addressee.NameIn(path) is { } name && operation.Parameters.All(parameter => parameter.Name != name))
        {
            operation.Parameters.Add(new OpenApiParameter { Name = name, In = ParameterLocation.Path, Required = true, Schema = new OpenApiSchema { Type = JsonSchemaType.String } });
        }

        foreach (var parameter in operation.Parameters.OfType<OpenApiParameter>())
        {
            parameter.Example = parameter.Name is { } known && RouteExamples.TryGetValue(known, out var example) ? Value(example) : null;
        }

        foreach (var parameter in description.Parameters)
        {
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = parameter.Name,
                In = parameter.IsHeader ? ParameterLocation.Header : ParameterLocation.Query,

                // In words: Swagger UI would fill an example in and send it, and most of these are for some calls only.
                Description = $"{parameter.Text} Example: `{parameter.Example}`.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            });
        }
    }

    private static void AddBodies(OpenApiOperation operation, OperationDescription description, OperationFilterContext context) =>
        operation.RequestBody = description.Bodies.Count == 0
            ? null
            : new OpenApiRequestBody { Required = !description.BodyIsOptional, Content = Contents(description.Bodies, context) };

    private static Dictionary<string, IOpenApiMediaType> Contents(IReadOnlyList<DescribedContent> contents, OperationFilterContext context)
    {
        var types = new Dictionary<string, IOpenApiMediaType>();
        foreach (var group in contents.GroupBy(content => content.MediaType))
        {
            var isJson = group.Key is MediaTypes.Json or MediaTypes.Problem;
            var schemas = group.Select(content => content.Type).Distinct().Select(type => type is null
                ? new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" }
                : context.SchemaGenerator.GenerateSchema(type, context.SchemaRepository)).ToList();
            var media = new OpenApiMediaType { Schema = schemas.Count == 1 ? schemas[0] : new OpenApiSchema { OneOf = schemas } };
            var examples = group.Select(content => isJson ? JsonNode.Parse(content.Example) : JsonValue.Create(content.Example)).ToList();
            if (examples.Count == 1)
            {
                media.Example = examples[0];
            }
            else
            {
                media.Examples = examples.Select((example, index) => (example, index)).ToDictionary(
                    pair => NameOf(group, pair.index),
                    pair => (IOpenApiExample)new OpenApiExample { Value = pair.example });
            }

            types[group.Key] = media;
        }

        return types;
    }

    /// <summary>The name of the contract, with a number where one contract has several examples.</summary>
    private static string NameOf(IEnumerable<DescribedContent> group, int index)
    {
        var type = group.ElementAt(index).Type;
        var earlier = group.Take(index).Count(content => content.Type == type);
        return (type?.Name ?? "raw") + (earlier == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $" {earlier + 1}"));
    }

    private static OpenApiResponse ProblemResponse(int status, OperationFilterContext context)
    {
        var (text, example) = ProblemExamples.Of(status);
        return new OpenApiResponse { Description = text, Content = Contents([new DescribedContent(MediaTypes.Problem, typeof(Problem), example)], context) };
    }

    private static JsonValue Value(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? JsonValue.Create(number) : JsonValue.Create(text);
}
