using Microsoft.Extensions.Primitives;

namespace LifelongApi.Api.Requests;

/// <summary>Answers in the dialect of the contracts.</summary>
internal static class Answers
{
    /// <summary>200.</summary>
    public static IResult Ok<T>(T value) => TypedResults.Json(value, AnswerJson.Options);

    /// <summary>201 with where to find it.</summary>
    public static IResult Created<T>(string location, T value) => new CreatedAnswer<T>(location, value);

    /// <summary>Sets the ETag: the position, quoted.</summary>
    public static void SetPosition(HttpContext context, string? position)
    {
        if (position is not null)
        {
            context.Response.Headers.ETag = new StringValues($"\"{position}\"");
        }
    }

    private sealed class CreatedAnswer<T>(string location, T value) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers.Location = location;
            return TypedResults.Json(value, AnswerJson.Options, statusCode: StatusCodes.Status201Created).ExecuteAsync(httpContext);
        }
    }
}
