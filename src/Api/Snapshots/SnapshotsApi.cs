using LifelongApi.Api.Access;
using LifelongApi.Api.Configuration;
using LifelongApi.Api.Hosting;
using LifelongApi.Api.OpenApi;
using LifelongApi.Api.Requests;
using LifelongApi.Contracts.Admin;
using LifelongApi.Contracts.Journal;
using Microsoft.Extensions.Options;

namespace LifelongApi.Api.Snapshots;

/// <summary>Endpoints for versions of a model.</summary>
internal static class SnapshotsApi
{
    private const int MaxNote = 1000;

    /// <summary>Maps <c>/v1/admin/models/{model}/snapshots</c>.</summary>
    public static void MapSnapshots(this IEndpointRouteBuilder routes)
    {
        var snapshots = routes.MapGroup("/v1/admin/models/{model}/snapshots").WithTags("Snapshots");
        snapshots.MapPost("", CreateAsync).RequireScope(Scope.Admin).Describe(SnapshotDescriptions.Create);
        snapshots.MapGet("", ListAsync).RequireScope(Scope.Read).Describe(SnapshotDescriptions.List);
        snapshots.MapGet("/{version:int:min(1)}", GetAsync).RequireScope(Scope.Read).Describe(SnapshotDescriptions.Get);
        snapshots.MapGet("/{version:int:min(1)}/diff/{other:int:min(1)}", DiffAsync).RequireScope(Scope.Read).Describe(SnapshotDescriptions.Diff);
        snapshots.MapDelete("/{version:int:min(1)}", DeleteAsync).RequireScope(Scope.Admin).Describe(SnapshotDescriptions.Delete);
        snapshots.MapPost("/{version:int:min(1)}:restore", RestoreAsync).RequireScope(Scope.Admin).Describe(SnapshotDescriptions.Restore);
        snapshots.MapPost("/{version:int:min(1)}:fork", ForkAsync).RequireScope(Scope.Admin).Describe(SnapshotDescriptions.Fork);
    }

    private static async Task<IResult> CreateAsync(string model, HttpContext context, IModelHost host, IOptions<ApiOptions> options)
    {
        var request = await RequestBody.TryReadJsonAsync<CreateSnapshotRequest>(context, options.Value.MaxBodyBytes) ?? new CreateSnapshotRequest();
        if (request.Note?.Length > MaxNote)
        {
            throw ProblemException.Invalid("note", FormattableString.Invariant($"has {request.Note.Length} characters; give at most {MaxNote}."));
        }

        var snapshot = await host.CreateSnapshotAsync(model, request, context.RequestAborted);
        return Answers.Created(FormattableString.Invariant($"/v1/admin/models/{Uri.EscapeDataString(model)}/snapshots/{snapshot.Version}"), snapshot);
    }

    private static async Task<IResult> ListAsync(string model, HttpContext context, IModelHost host)
    {
        var (size, token) = QueryRules.Page(context);
        return Answers.Ok(await host.ListSnapshotsAsync(model, size, token, context.RequestAborted));
    }

    private static async Task<IResult> GetAsync(string model, int version, HttpContext context, IModelHost host) =>
        Answers.Ok(await host.GetSnapshotAsync(model, version, context.RequestAborted));

    private static async Task<IResult> DiffAsync(string model, int version, int other, HttpContext context, IModelHost host)
    {
        QueryRules.RequireKnown(context);
        return Answers.Ok(await host.DiffAsync(model, version, other, context.RequestAborted));
    }

    private static async Task<IResult> DeleteAsync(string model, int version, HttpContext context, IModelHost host)
    {
        await host.DeleteSnapshotAsync(model, version, context.RequestAborted);
        return Results.NoContent();
    }

    private static async Task<IResult> RestoreAsync(string model, int version, HttpContext context, IModelHost host)
    {
        var result = await host.RestoreAsync(model, version, IfMatch(context), context.RequestAborted);
        Answers.SetPosition(context, result.Position);
        return Answers.Ok(result);
    }

    private static async Task<IResult> ForkAsync(string model, int version, HttpContext context, IModelHost host, IOptions<ApiOptions> options)
    {
        var request = await RequestBody.ReadJsonAsync<ForkRequest>(context, options.Value.MaxBodyBytes);
        NameRule.Require(request.Model, "model");
        var info = await host.ForkAsync(model, version, request, context.RequestAborted);
        Answers.SetPosition(context, new Position(info.Lineage, info.Sequence).ToString());
        return Answers.Created($"/v1/models/{request.Model}", info);
    }

    private static string? IfMatch(HttpContext context)
    {
        var text = context.Request.Headers.IfMatch.ToString();
        if (text is "" or "*")
        {
            return null;
        }

        var position = text.StartsWith("W/", StringComparison.Ordinal) ? text[2..].Trim('"') : text.Trim('"');
        return Position.TryParse(position, out _)
            ? position
            : throw ProblemException.Invalid("If-Match", $"'{text}' is not a position; give the ETag of the model, e.g. \"1:4711\".");
    }
}
