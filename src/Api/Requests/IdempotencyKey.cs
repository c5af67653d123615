using System.Text;
using LifelongApi.Api.Hosting;

namespace LifelongApi.Api.Requests;

/// <summary>The header <c>Idempotency-Key</c>: an event id by another name.</summary>
internal static class IdempotencyKey
{
    /// <summary>The key of a request, or null.</summary>
    /// <exception cref="ProblemException">400 for one that is empty, longer than 128 bytes or given twice.</exception>
    public static string? Of(HttpContext context)
    {
        var values = context.Request.Headers["Idempotency-Key"];
        if (values.Count == 0)
        {
            return null;
        }

        if (values.Count > 1)
        {
            throw ProblemException.Invalid("Idempotency-Key", "is given twice; give it once.");
        }

        EventFields.CheckLength(Encoding.UTF8.GetByteCount(values[0]!), "Idempotency-Key", FieldPath.Root, EventFields.MaxEventIdBytes);
        return values[0];
    }
}
