namespace LifelongApi.Api.OpenApi;

/// <summary>What the documentation says about an operation; as endpoint metadata.</summary>
/// <param name="Summary">One line.</param>
/// <param name="Text">What it does.</param>
internal sealed record OperationDescription(string Summary, string Text)
{
    /// <summary>Forms of the request body.</summary>
    public IReadOnlyList<DescribedContent> Bodies { get; init; } = [];

    /// <summary>Whether the body may be left out.</summary>
    public bool BodyIsOptional { get; init; }

    /// <summary>Successful answers.</summary>
    public IReadOnlyList<DescribedAnswer> Answers { get; init; } = [];

    /// <summary>Statuses of its problems, beside those that every operation has.</summary>
    public IReadOnlyList<int> Problems { get; init; } = [];

    /// <summary>Parameters in the query or in headers.</summary>
    public IReadOnlyList<DescribedParameter> Parameters { get; init; } = [];
}

/// <summary>One form of a body.</summary>
/// <param name="MediaType">Its media type.</param>
/// <param name="Type">Contract that gives the schema; null: binary.</param>
/// <param name="Example">JSON, or the text itself where the media type is not JSON.</param>
internal sealed record DescribedContent(string MediaType, Type? Type, string Example);

/// <summary>One successful answer.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Text">What it means.</param>
/// <param name="Content">Its body, or null.</param>
internal sealed record DescribedAnswer(int Status, string Text, DescribedContent? Content);

/// <summary>A parameter.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsHeader">Whether it is a header; else it is in the query.</param>
/// <param name="Text">What it does.</param>
/// <param name="Example">An example.</param>
internal sealed record DescribedParameter(string Name, bool IsHeader, string Text, string Example);

/// <summary>Attaches descriptions to endpoints.</summary>
internal static class DescribedEndpoints
{
    /// <summary>Attaches a description.</summary>
    public static RouteHandlerBuilder Describe(this RouteHandlerBuilder builder, OperationDescription description) => builder.WithMetadata(description);

    /// <summary>A JSON body.</summary>
    public static DescribedContent Json<T>(string example) => new(Requests.MediaTypes.Json, typeof(T), example);

    /// <summary>200 with JSON.</summary>
    public static DescribedAnswer Ok<T>(string text, string example) => new(StatusCodes.Status200OK, text, Json<T>(example));

    /// <summary>201 with JSON.</summary>
    public static DescribedAnswer Created<T>(string text, string example) => new(StatusCodes.Status201Created, text, Json<T>(example));

    /// <summary>204.</summary>
    public static DescribedAnswer NoContent(string text) => new(StatusCodes.Status204NoContent, text, null);

    /// <summary>The parameters of every listing.</summary>
    public static IReadOnlyList<DescribedParameter> Paging { get; } =
    [
        new("pageSize", false, "Rows of a page, 1 … 1000. Default 100.", "50"),
        new("pageToken", false, "The nextPageToken of the page before.", "ZnJhdWQ"),
    ];
}
