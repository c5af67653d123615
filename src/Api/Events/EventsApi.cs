using System.Buffers;
using System.Globalization;
using System.Text.Json;
using LifelongApi.Api.Access;
using LifelongApi.Api.Hosting;
using LifelongApi.Api.OpenApi;
using LifelongApi.Api.Requests;
using LifelongApi.Contracts;
using LifelongApi.Contracts.Events;
using LifelongApi.Storage;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Options;

namespace LifelongApi.Api.Events;

/// <summary>What happens to a model, as server-sent events (WHATWG HTML, section 9.2).</summary>
internal static class EventsApi
{
    /// <summary>Media type of the answer.</summary>
    public const string MediaType = "text/event-stream";

    /// <summary>Maps <c>/v1/models/{model}/events</c> and <c>/v1/streams/{stream}/events</c>.</summary>
    public static void MapEvents(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/models/{model}/events", HandleAsync).WithTags("Learning").RequireScope(Scope.Read).Describe(EventsDescriptions.Events);
        routes.MapGet("/v1/streams/{stream}/events", HandleAsync).WithTags("Streams").RequireScope(Scope.Read).Describe(EventsDescriptions.Events);
    }

    private static async Task HandleAsync(Addressee to, HttpContext context, IHostApplicationLifetime lifetime, IOptions<HostingOptions> options)
    {
        QueryRules.RequireKnown(context, "types", "after");
        var types = Types(context);
        var after = After(context);
        var lease = await to.AcquireAsync(context.RequestAborted);
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
        {
            // A quiet model is not a slow reader.
            rate.MinDataRate = null;
        }

        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        context.Response.ContentType = MediaType;
        context.Response.Headers.CacheControl = "no-cache";
        await context.Response.StartAsync(context.RequestAborted);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            await context.Response.Body.FlushAsync(ending.Token);
            while (true)
            {
                after ??= lease.AppliedSequence;
                await foreach (var told in lease.ListenAsync(after, types, TimeSpan.FromSeconds(options.Value.HeartbeatSeconds), ending.Token))
                {
                    Write(context.Response.BodyWriter, told);
                    await context.Response.BodyWriter.FlushAsync(ending.Token);
                    after = told.ResumeFrom ?? after;
                }

                if (!lease.ClosedInOrder)
                {
                    return;
                }

                // Another model took the lead: on with the stream as it opens next, after the last event that was told.
                lease.Dispose();
                lease = await to.AcquireAsync(ending.Token);
            }
        }
        catch (Exception reason) when (reason is ProblemException or StoreUnavailableException or FencedException)
        {
            // The model is gone, or cannot be opened now: the listener asks again, and is told why.
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The listener left, or the service stops: the listener comes back with the last id it has.
        }
        finally
        {
            lease.Dispose();
        }
    }

    private static void Write(IBufferWriter<byte> output, ToldEvent told)
    {
        if (told.Event is not { } happened)
        {
            output.Write(": nothing new\n\n"u8);
            return;
        }

        output.Write("event: "u8);
        output.Write(JsonSerializer.SerializeToUtf8Bytes(happened.Type, ContractJson.Options).AsSpan()[1..^1]);
        if (told.ResumeFrom is { } id)
        {
            output.Write("\nid: "u8);
            Span<byte> digits = stackalloc byte[20];
            id.TryFormat(digits, out var count, default, CultureInfo.InvariantCulture);
            output.Write(digits[..count]);
        }

        // JSON of the contracts has no line breaks.
        output.Write("\ndata: "u8);
        output.Write(JsonSerializer.SerializeToUtf8Bytes(happened, AnswerJson.Options));
        output.Write("\n\n"u8);
    }

    private static HashSet<ModelEventType>? Types(HttpContext context)
    {
        if (context.Request.Query["types"] is not [{ } text, ..])
        {
            return null;
        }

        var types = new HashSet<ModelEventType>();
        foreach (var word in text.Split(',', StringSplitOptions.TrimEntries))
        {
            types.Add(Enum.GetValues<ModelEventType>().Where(type => Word(type) == word).Cast<ModelEventType?>().SingleOrDefault()
                ?? throw ProblemException.Invalid("types", $"'{word}' is not one of {string.Join(", ", Enum.GetValues<ModelEventType>().Select(Word))}."));
        }

        return types;
    }

    private static string Word(ModelEventType type) => JsonNamingPolicy.CamelCase.ConvertName(type.ToString());

    private static long? After(HttpContext context)
    {
        var (name, text) = context.Request.Headers["Last-Event-ID"] is [{ Length: > 0 } header, ..] ? ("Last-Event-ID", header) : ("after", context.Request.Query["after"] is [{ } given, ..] ? given : null);
        if (text is null)
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            ? sequence
            : throw ProblemException.Invalid(name, $"'{text}' is not the id of an event; give the sequence after which to go on, 0 for everything.");
    }
}
